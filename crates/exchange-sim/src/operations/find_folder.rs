//! `FindFolder`.

use super::folder::{self, Folder};
use super::get_folder::write;
use super::shape::Shape;
use super::{Call, Refusal, failure, messages, success};
use crate::personality::Personality;
use crate::wire::element::{Element, element};
use crate::wire::tree::Node;

pub(super) fn answer(call: &Call<'_>, request: &Node) -> Element {
    let shape = Shape::of(request.child("FolderShape"), call.personality);
    let targets: Vec<_> = request
        .child("ParentFolderIds")
        .map(|ids| folder::targets(ids).collect())
        .unwrap_or_default();
    let all = targets
        .into_iter()
        .map(|target| match below(call, target, request, &shape) {
            Ok(root) => success("m:FindFolderResponseMessage").child_if(root),
            Err(refusal) => failure("m:FindFolderResponseMessage", &refusal),
        });
    messages("m:FindFolderResponse", all)
}

fn below(
    call: &Call<'_>,
    target: &Node,
    request: &Node,
    shape: &Shape,
) -> Result<Option<Element>, Refusal> {
    let (mailbox, parent) = folder::find(call, target)?;
    let deep = request.attribute("Traversal") == Some("Deep");
    let mut found = Vec::new();
    for one in
        folder::all(mailbox).filter(|one| folder::is_below(mailbox, one, parent.number, deep))
    {
        if match request.child("Restriction") {
            Some(wanted) => every(&wanted.children, &one)?,
            None => true,
        } {
            found.push(one);
        }
    }
    if found.is_empty() && call.personality == Personality::Grommunio {
        return Ok(None);
    }
    let written = found.iter().map(|one| write(mailbox, one, shape, call));
    Ok(Some(
        element("m:RootFolder")
            .with("IndexedPagingOffset", found.len().to_string())
            .with("TotalItemsInView", found.len().to_string())
            .with("IncludesLastItemInRange", "true")
            .child(element("t:Folders").children(written)),
    ))
}

fn every(expressions: &[Node], folder: &Folder) -> Result<bool, Refusal> {
    for expression in expressions {
        if !holds(expression, folder)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Evaluates what clients ask folders for: comparisons of name and class.
fn holds(expression: &Node, folder: &Folder) -> Result<bool, Refusal> {
    let unsupported = || {
        Refusal::new(
            "ErrorUnsupportedPathForQuery",
            "The specified property cannot be used in a restriction.",
        )
    };
    let wanted = match expression.name.as_str() {
        "And" => return every(&expression.children, folder),
        "Or" => {
            for one in &expression.children {
                if holds(one, folder)? {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        "Not" => return Ok(!every(&expression.children, folder)?),
        "Contains" => expression.child("Constant"),
        "IsEqualTo" | "IsNotEqualTo" => expression
            .child("FieldURIOrConstant")
            .and_then(|other| other.child("Constant")),
        _ => return Err(unsupported()),
    };
    let wanted = wanted
        .and_then(|constant| constant.attribute("Value"))
        .ok_or_else(unsupported)?
        .to_lowercase();
    let value = match expression
        .child("FieldURI")
        .and_then(|uri| uri.attribute("FieldURI"))
    {
        Some("folder:DisplayName") => folder.display.to_lowercase(),
        Some("folder:FolderClass") => folder.class.to_lowercase(),
        _ => return Err(unsupported()),
    };
    Ok(match expression.name.as_str() {
        "IsEqualTo" => value == wanted,
        "IsNotEqualTo" => value != wanted,
        _ => match expression.attribute("ContainmentMode") {
            Some("FullString") => value == wanted,
            Some("Prefixed" | "PrefixOnWords") => value.starts_with(&wanted),
            _ => value.contains(&wanted),
        },
    })
}
