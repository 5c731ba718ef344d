//! `FindFolder`.

use super::folder::{self, FOLDERS, Folder};
use super::get_folder::write;
use super::shape::Shape;
use super::{Call, Refusal, failure, messages, success};
use crate::wire::element::{Element, element};
use crate::wire::tree::Node;

pub(super) fn answer(call: &Call<'_>, request: &Node) -> Element {
    let shape = Shape::of(request.child("FolderShape"), call.personality);
    let deep = request.attribute("Traversal") == Some("Deep");
    let targets: Vec<_> = request
        .child("ParentFolderIds")
        .map(|ids| folder::targets(ids).collect())
        .unwrap_or_default();
    let all = targets
        .into_iter()
        .map(|target| match below(call, target, deep, &shape) {
            Ok(root) => success("m:FindFolderResponseMessage").child(root),
            Err(refusal) => failure("m:FindFolderResponseMessage", &refusal),
        });
    messages("m:FindFolderResponse", all)
}

fn below(call: &Call<'_>, target: &Node, deep: bool, shape: &Shape) -> Result<Element, Refusal> {
    let (mailbox, parent) = folder::find(call, target)?;
    let found: Vec<Folder> = FOLDERS
        .iter()
        .copied()
        .filter(|one| is_below(*one, parent, deep))
        .collect();
    let written = found.iter().map(|one| write(mailbox, *one, shape, call));
    Ok(element("m:RootFolder")
        .with("IndexedPagingOffset", found.len().to_string())
        .with("TotalItemsInView", found.len().to_string())
        .with("IncludesLastItemInRange", "true")
        .child(element("t:Folders").children(written)))
}

fn is_below(one: Folder, parent: Folder, deep: bool) -> bool {
    if one.number == parent.number {
        return false;
    }
    one.parent() == parent.number
        || deep
            && FOLDERS
                .iter()
                .any(|between| between.number == one.parent() && is_below(*between, parent, true))
}
