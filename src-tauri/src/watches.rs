//! Which window follows what: each watch ends with its window.

use std::{
    any::TypeId,
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use serde::Serialize;
use tauri::{async_runtime::JoinHandle, ipc::Channel};
use tokio::sync::watch;

/// One watch per window and kind of value, by the window's label.
#[derive(Debug, Default)]
pub(crate) struct Watches(Mutex<HashMap<(String, TypeId), JoinHandle<()>>>);

impl Watches {
    /// Sends the value now and whenever it changes. A window that asks again,
    /// as a reloaded page does, follows once.
    pub(crate) fn follow<T>(
        &self,
        label: &str,
        mut values: watch::Receiver<Arc<T>>,
        channel: Channel<T>,
    ) where
        T: Serialize + Clone + Send + Sync + 'static,
    {
        let task = tauri::async_runtime::spawn(async move {
            loop {
                let value = T::clone(&values.borrow_and_update());
                if channel.send(value).is_err() || values.changed().await.is_err() {
                    return;
                }
            }
        });
        if let Some(former) = self
            .table()
            .insert((label.to_owned(), TypeId::of::<T>()), task)
        {
            former.abort();
        }
    }

    /// The window is gone.
    pub(crate) fn end(&self, label: &str) {
        self.table().retain(|(window, _), task| {
            let stays = window != label;
            if !stays {
                task.abort();
            }
            stays
        });
    }

    fn table(&self) -> std::sync::MutexGuard<'_, HashMap<(String, TypeId), JoinHandle<()>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
