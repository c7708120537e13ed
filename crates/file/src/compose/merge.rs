//! Merging the values of a later file over those of earlier ones.

use super::{
    element::{Content, Element, Member, Members},
    form::{Form, Merge, Property, Short},
    unique::unique,
};
use crate::document::yaml::MergeTag;

/// Merges `later` over `base`. Tags of `later` have their effect and are gone then.
pub(super) fn merge(base: &mut Element, later: Element, known: &[Property]) {
    match (&mut base.content, later.content) {
        (Content::Mapping(members), Content::Mapping(later)) => section(members, later, known),
        (_, Content::Null) => {}
        (content, later) => *content = later,
    }
}

/// What a tree is without tags: values that are reset are left out.
pub(super) fn without_tags(element: &mut Element) {
    match &mut element.content {
        Content::Mapping(members) => {
            members.retain(|_, member| member.tag != Some(MergeTag::Reset));
            for member in members.values_mut() {
                member.tag = None;
                without_tags(&mut member.value);
            }
        }
        Content::List(items) => items.iter_mut().for_each(without_tags),
        Content::Null | Content::Boolean(_) | Content::Integer(_) | Content::Number(_) | Content::Text(_) => {
        }
    }
}

/// Gives the values of `element` the tags that the same values of `tagged` have.
pub(super) fn with_tags_of(element: &mut Element, tagged: &Element) {
    let (Content::Mapping(members), Content::Mapping(tagged)) = (&mut element.content, &tagged.content)
    else {
        return;
    };
    for (name, tagged) in tagged {
        match tagged.tag {
            Some(MergeTag::Reset) => {
                members.insert(name.clone(), tagged.clone());
            }
            tag => {
                if let Some(member) = members.get_mut(name) {
                    member.tag = tag;
                    with_tags_of(&mut member.value, &tagged.value);
                }
            }
        }
    }
}

fn section(base: &mut Members, later: Members, known: &[Property]) {
    for (name, member) in later {
        let property = known.iter().find(|property| property.name == name);
        let (form, how) = property.map_or((&Form::Anything, Merge::Deep), |found| (&found.form, found.merge));
        put(base, name, member, |base, later| value(base, later, form, how));
    }
}

/// Puts one value over the one of the same name.
fn put(base: &mut Members, name: String, mut later: Member, merge: impl FnOnce(&mut Element, Element)) {
    match later.tag.take() {
        Some(MergeTag::Reset) => {
            base.shift_remove(&name);
        }
        Some(MergeTag::Override) => {
            without_tags(&mut later.value);
            base.insert(name, later);
        }
        None => match base.get_mut(&name) {
            Some(base) => merge(&mut base.value, later.value),
            None => {
                without_tags(&mut later.value);
                base.insert(name, later);
            }
        },
    }
}

fn value(base: &mut Element, mut later: Element, form: &Form, how: Merge) {
    if how == Merge::Replace {
        without_tags(&mut later);
        *base = later;
        return;
    }
    if later.is_null() {
        return;
    }
    if base.is_null() {
        without_tags(&mut later);
        *base = later;
        return;
    }
    match how {
        Merge::SameDriver if has_another_driver(base, &later) => *base = later,
        Merge::Subnets => subnets(base, later),
        Merge::Replace | Merge::Deep | Merge::SameDriver | Merge::Unique(_) => {
            by_form(base, later, form);
        }
    }
    if let (Merge::Unique(key), Content::List(items)) = (how, &mut base.content) {
        unique(items, key);
    }
}

fn by_form(base: &mut Element, mut later: Element, form: &Form) {
    let deep = |base: &mut Element, later, form| value(base, later, form, Merge::Deep);
    match form {
        // Both limits come from one file.
        Form::Short(Short::Limit, _) => {}
        Form::Optional(inner) | Form::Short(_, inner) => return by_form(base, later, inner),
        Form::Section(known) => {
            if let (Content::Mapping(base), Content::Mapping(_)) = (&mut base.content, &later.content) {
                if let Content::Mapping(later) = later.content {
                    section(base, later, known);
                }
                return;
            }
        }
        Form::Named(_) | Form::Anything | Form::Hosts if both_mappings(base, &later) => {
            let inner = match form {
                Form::Named(inner) => inner,
                Form::Hosts => &Form::Texts,
                _ => &Form::Anything,
            };
            if let (Content::Mapping(base), Content::Mapping(later)) = (&mut base.content, later.content) {
                for (name, member) in later {
                    put(base, name, member, |base, later| deep(base, later, inner));
                }
            }
            if let (Form::Hosts, Content::Mapping(hosts)) = (form, &mut base.content) {
                hosts.values_mut().for_each(|member| without_repeated(&mut member.value));
            }
            return;
        }
        // A name without a value replaces one that has one.
        Form::Pairs(_) | Form::Options if both_mappings(base, &later) => {
            if let (Content::Mapping(base), Content::Mapping(later)) = (&mut base.content, later.content) {
                for (name, member) in later {
                    put(base, name, member, |base, later| *base = later);
                }
            }
            return;
        }
        Form::List(_) | Form::Texts | Form::Anything => {
            if let (Content::List(base), Content::List(later)) = (&mut base.content, &mut later.content) {
                base.append(later);
                return;
            }
        }
        _ => {}
    }
    without_tags(&mut later);
    *base = later;
}

fn both_mappings(a: &Element, b: &Element) -> bool {
    a.members().is_some() && b.members().is_some()
}

/// Leaves out items that are there already.
fn without_repeated(list: &mut Element) {
    let Some(items) = list.items_mut() else { return };
    let mut kept: Vec<Element> = Vec::with_capacity(items.len());
    for item in items.drain(..) {
        if !kept.iter().any(|other| other.is_like(&item)) {
            kept.push(item);
        }
    }
    *items = kept;
}

fn has_another_driver(base: &Element, later: &Element) -> bool {
    match (base.text_of("driver"), later.text_of("driver")) {
        (Some(base), Some(later)) => base != later,
        _ => false,
    }
}

/// Mappings with the same `subnet` are merged, others are added.
fn subnets(base: &mut Element, mut later: Element) {
    let (Some(pools), Some(later)) = (base.items_mut(), later.items_mut()) else { return };
    for pool in later.drain(..) {
        match pools.iter_mut().find(|known| known.text_of("subnet") == pool.text_of("subnet")) {
            Some(known) => value(known, pool, &Form::Named(&Form::Anything), Merge::Deep),
            None => pools.push(pool),
        }
    }
}
