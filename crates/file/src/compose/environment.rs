//! Variables and labels of services from files.

use super::{
    dotenv::{self, ProjectVariables},
    element::{Content, Element, Member, Members},
    loader::Loader,
    words,
};

/// Adds the variables of `env_file` and the labels of `label_file` to each service, and removes these keys.
pub(super) fn add_files(loader: &mut Loader<'_>, services: &mut Members, environment: &ProjectVariables) {
    for member in services.values_mut() {
        variables(loader, &mut member.value, environment);
        labels(loader, &mut member.value);
    }
}

fn variables(loader: &mut Loader<'_>, service: &mut Element, environment: &ProjectVariables) {
    let Some(files) = service.members_mut().and_then(|members| members.shift_remove("env_file")) else {
        return;
    };
    service.add("environment", Content::Mapping(Members::new()));
    let Some(own) = service.get_mut("environment").and_then(Element::members_mut) else { return };
    let set = own.iter().filter_map(|(name, member)| Some((name.clone(), member.value.content.printed()?)));
    let set: ProjectVariables = set.collect();
    let lookup = |name: &str| environment.get(name).or_else(|| set.get(name)).cloned();
    let mut found = set.clone();
    for entry in files.value.items().unwrap_or_default() {
        let Some(path) = entry.text_of("path") else { continue };
        let is_required = entry.get("required").is_none_or(Element::is_true);
        if !is_required && !loader.files.is_file(path.as_ref()) {
            continue;
        }
        let Some(file) = loader.text(path, Some(entry.span), "env file") else { continue };
        let text = loader.sources.file(file).text.clone();
        let before: ProjectVariables = std::mem::take(&mut found);
        let mut read = before.clone();
        match entry.text_of("format") {
            Some("raw") => {
                if let Err(fault) = dotenv::read_raw(&text, &mut read, &lookup) {
                    loader.diagnostics.push(words::bad_env_file(&fault, file, &text));
                }
            }
            Some(format) => {
                let place = entry.get("format").map_or(entry.span, |format| format.span);
                loader.diagnostics.push(words::unknown_format(format, place));
            }
            None => {
                let result = dotenv::read(&text, &mut read, &lookup);
                loader.tell_of_env_file(result, file, &text);
            }
        }
        for (name, value) in &read {
            if before.get(name) != Some(value) && !set.contains_key(name) {
                let value = Element::text(entry.span, value.clone());
                // A name without a value in the file itself is one that nothing gives a value to.
                if own.get(name).is_none_or(|known| !known.value.is_null() || known.key == entry.span) {
                    own.insert(name.clone(), Member::new(entry.span, value));
                }
            }
        }
        found = read;
    }
    if own.is_empty() {
        service.members_mut().map(|members| members.shift_remove("environment"));
    }
}

fn labels(loader: &mut Loader<'_>, service: &mut Element) {
    let Some(files) = service.members_mut().and_then(|members| members.shift_remove("label_file")) else {
        return;
    };
    let mut found = ProjectVariables::new();
    let mut members = Members::new();
    for entry in files.value.items().unwrap_or_default() {
        let Some(path) = entry.as_text() else { continue };
        let Some(file) = loader.text(path, Some(entry.span), "label file") else { continue };
        let text = loader.sources.file(file).text.clone();
        let mut read = ProjectVariables::new();
        let lookup = |name: &str| found.get(name).cloned();
        let result = dotenv::read(&text, &mut read, &lookup);
        loader.tell_of_env_file(result, file, &text);
        for (name, value) in read {
            members.insert(name.clone(), Member::new(entry.span, Element::text(entry.span, value.clone())));
            found.insert(name, value);
        }
    }
    service.add("labels", Content::Mapping(Members::new()));
    if let Some(own) = service.get_mut("labels").and_then(Element::members_mut) {
        for (name, member) in members {
            own.entry(name).or_insert(member);
        }
    }
}
