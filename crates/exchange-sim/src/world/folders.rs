//! Folders: the calendar, and those that clients made.

use std::collections::BTreeMap;

use super::id::ItemNumber;
use super::mailbox::{Calendar, Item, Mailbox};
use super::{World, WorldError};

/// The number of the folder which holds the calendar.
pub(crate) const CALENDAR: u64 = 0x010d;

/// The number of Deleted Items.
pub(crate) const DELETED: u64 = 0x010a;

/// A folder that a client made.
#[derive(Clone, Debug)]
pub(crate) struct MadeFolder {
    /// Display name.
    pub(crate) display: String,
    /// Container class such as `IPF.Appointment`.
    pub(crate) class: String,
    /// The number of the folder it lies in.
    pub(crate) parent: u64,
    /// The serial of its making.
    pub(crate) born: u64,
    /// What lies in it.
    pub(crate) items: Calendar,
}

impl Mailbox {
    /// What lies in a folder; nothing for folders which hold no items here.
    pub(crate) fn shelf(&self, folder: u64) -> Option<&Calendar> {
        match folder {
            CALENDAR => return Some(&self.calendar),
            DELETED => return Some(&self.trash),
            _ => {}
        }
        self.made.get(&folder).map(|made| &made.items)
    }

    pub(crate) fn shelf_mut(&mut self, folder: u64) -> Option<&mut Calendar> {
        match folder {
            CALENDAR => return Some(&mut self.calendar),
            DELETED => return Some(&mut self.trash),
            _ => {}
        }
        self.made.get_mut(&folder).map(|made| &mut made.items)
    }

    /// The folder an item lies in.
    pub(crate) fn folder_of(&self, number: ItemNumber) -> u64 {
        if self.calendar.items.contains_key(&number) {
            return CALENDAR;
        }
        if self.trash.items.contains_key(&number) {
            return DELETED;
        }
        self.made
            .iter()
            .find(|(_, made)| made.items.items.contains_key(&number))
            .map_or(CALENDAR, |(folder, _)| *folder)
    }

    /// An item in any folder.
    pub(crate) fn item(&self, number: ItemNumber) -> Option<&Item> {
        self.shelf(self.folder_of(number))?.item(number)
    }

    /// The folder that holds an item, to change the item there.
    pub(crate) fn shelf_of_mut(&mut self, number: ItemNumber) -> Option<&mut Calendar> {
        self.shelf_mut(self.folder_of(number))
    }
}

impl World {
    /// Puts an item with its exceptions into another folder: a copy, or the
    /// item itself. Either way it has a new id there.
    pub(crate) fn put(
        &mut self,
        address: &str,
        number: ItemNumber,
        folder: u64,
        stays: bool,
    ) -> Result<ItemNumber, WorldError> {
        let item = self
            .mailbox(address)
            .and_then(|mailbox| mailbox.item(number))
            .cloned()
            .ok_or_else(|| WorldError::NoItem(address.to_owned(), number.0))?;
        if !stays {
            self.delete(address, number)?;
        }
        // A copy is another meeting.
        let uid = (!stays).then_some(item.uid);
        self.insert_into(address, folder, item.details, item.series, uid)
    }

    /// Makes a folder below another; its number.
    pub(crate) fn make_folder(
        &mut self,
        address: &str,
        parent: u64,
        display: &str,
        class: &str,
    ) -> Result<u64, WorldError> {
        self.count(address);
        self.next_item += 1;
        let (serial, number) = (self.serial, self.next_item);
        let made = MadeFolder {
            display: display.to_owned(),
            class: class.to_owned(),
            parent,
            born: serial,
            items: Calendar::default(),
        };
        self.open(address)?.made.insert(number, made);
        Ok(number)
    }

    /// Takes a folder away that a client made, with all that lies in it.
    pub(crate) fn delete_folder(&mut self, address: &str, number: u64) -> Result<(), WorldError> {
        self.count(address);
        let serial = self.serial;
        let mailbox = self.open(address)?;
        // Those inside go with it.
        let (gone, left) = std::mem::take(&mut mailbox.made)
            .into_iter()
            .partition(|(at, one)| *at == number || one.parent == number);
        mailbox.made = left;
        let gone: BTreeMap<u64, MadeFolder> = gone;
        let entries = gone.iter().map(|(at, one)| (serial, *at, one.born));
        mailbox.unmade.extend(entries);
        Ok(())
    }
}
