//! One file per operation: from a checked request to an answer.

mod availability;
mod convert_id;
mod expand_dl;
pub(crate) mod fields;
mod find_folder;
mod find_item;
mod folder;
mod get_folder;
mod get_item;
mod oof;
mod resolve_names;
mod restriction;
mod rooms;
mod serial_zone;
pub(crate) mod series_fields;
mod server_zones;
mod shape;
pub(crate) mod subscriptions;
mod suggestions;
mod sync_hierarchy;
mod sync_items;
mod target;
mod user_configuration;
mod values;
mod writing;
pub(crate) mod zone_fields;
pub(crate) mod zone_reading;

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

pub(crate) use subscriptions::{Subscriptions, stream_events};

use crate::personality::Personality;
use crate::server::faults::Effect;
use crate::wire::element::{Element, element, text};
use crate::wire::fault::Fault;
use crate::wire::tree::Node;
use crate::world::World;

/// One call: who asks, when, of which world.
pub(crate) struct Call<'a> {
    pub(crate) world: &'a mut World,
    pub(crate) subscriptions: &'a mut Subscriptions,
    /// The account that signed in.
    pub(crate) account: String,
    /// The mailbox acted for: the account's own, or the impersonated one.
    pub(crate) mailbox: String,
    /// The zone of times in the answer, and of naive times in the request.
    pub(crate) zone: Tz,
    pub(crate) now: DateTime<Utc>,
    pub(crate) personality: Personality,
    /// The mailbox server that the request reached.
    pub(crate) backend: usize,
    /// The most subscriptions one mailbox may have.
    pub(crate) most_subscriptions: Option<usize>,
    /// How this one answer shall differ from a right one.
    pub(crate) deviation: Option<Effect>,
}

/// An error inside an answer: a response code and its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: Cow<'static, str>,
    pub(crate) message: String,
}

impl Refusal {
    pub(crate) fn new(code: &'static str, message: &str) -> Self {
        Self {
            code: Cow::Borrowed(code),
            message: message.to_owned(),
        }
    }

    /// With a code that is known at run time only.
    pub(crate) fn told(code: &str, message: &str) -> Self {
        Self {
            code: Cow::Owned(code.to_owned()),
            message: message.to_owned(),
        }
    }

    pub(crate) fn item_not_found() -> Self {
        Self::new(
            "ErrorItemNotFound",
            "The specified object was not found in the store.",
        )
    }

    pub(crate) fn malformed_id() -> Self {
        Self::new("ErrorInvalidIdMalformed", "Id is malformed.")
    }

    pub(crate) fn access_denied() -> Self {
        Self::new(
            "ErrorAccessDenied",
            "Access is denied. Check credentials and try again.",
        )
    }
}

/// A response message of success.
pub(crate) fn success(name: &'static str) -> Element {
    element(name)
        .with("ResponseClass", "Success")
        .child(text("m:ResponseCode", "NoError"))
}

/// A response message of failure; what must follow the code is added by the caller.
pub(crate) fn failure(name: &'static str, refusal: &Refusal) -> Element {
    element(name)
        .with("ResponseClass", "Error")
        .child(text("m:MessageText", refusal.message.clone()))
        .child(text("m:ResponseCode", refusal.code.as_ref()))
        .child(text("m:DescriptiveLinkKey", "0"))
}

/// Wraps response messages as most operations do.
pub(crate) fn messages(name: &'static str, all: impl IntoIterator<Item = Element>) -> Element {
    element(name).child(element("m:ResponseMessages").children(all))
}

/// Answers a checked request. `GetStreamingEvents` is not among them: its
/// answer is a stream, written by the server room.
pub(crate) fn answer(call: &mut Call<'_>, request: &Node) -> Result<Element, Fault> {
    Ok(match request.name.as_str() {
        "ConvertId" => convert_id::answer(call, request),
        "CreateFolder" => writing::folders::create(call, request),
        "DeleteFolder" => writing::folders::delete(call, request),
        "GetEvents" => subscriptions::pull(call, request),
        "GetRoomLists" => rooms::lists(call),
        "GetRooms" => rooms::rooms(call, request),
        "GetUserConfiguration" => user_configuration::answer(call, request),
        "SyncFolderHierarchy" => sync_hierarchy::answer(call, request),
        "CopyItem" => writing::put_item::answer(call, request, true),
        "MoveItem" => writing::put_item::answer(call, request, false),
        "CreateItem" => writing::create_item::answer(call, request),
        "DeleteItem" => writing::delete_item::answer(call, request),
        "ExpandDL" => expand_dl::answer(call, request),
        "FindFolder" => find_folder::answer(call, request),
        "FindItem" => find_item::answer(call, request),
        "GetFolder" => get_folder::answer(call, request),
        "GetItem" => get_item::answer(call, request),
        "GetUserOofSettingsRequest" => oof::get(call, request)?,
        "GetServerTimeZones" => server_zones::answer(call, request),
        "GetUserAvailabilityRequest" => availability::answer(call, request)?,
        "ResolveNames" => resolve_names::answer(call, request),
        "SetUserOofSettingsRequest" => oof::set(call, request)?,
        "Subscribe" => subscriptions::subscribe(call, request),
        "SyncFolderItems" => sync_items::answer(call, request)?,
        "UpdateItem" => writing::update_item::answer(call, request),
        "Unsubscribe" => subscriptions::unsubscribe(call, request),
        other => {
            return Err(Fault::new(
                "ErrorInvalidRequest",
                &format!("The operation {other} is not served here."),
            ));
        }
    })
}
