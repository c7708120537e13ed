//! Who runs the program, as auditors are told.

use std::{collections::BTreeMap, fs, os::unix::fs::MetadataExt as _};

/// The user's name: from the variables that Python's `getpass.getuser` heeds, else by the process's id.
pub(super) fn name(variables: &BTreeMap<String, String>) -> String {
    let names = ["LOGNAME", "USER", "LNAME", "USERNAME"];
    if let Some(name) = names.iter().find_map(|&name| variables.get(name).filter(|value| !value.is_empty())) {
        return name.clone();
    }
    let Some(id) = id() else { return "somebody".to_owned() };
    let id = id.to_string();
    named(&fs::read_to_string("/etc/passwd").unwrap_or_default(), &id).unwrap_or(id)
}

/// The id of the user; none where the system does not tell it in a file.
pub(super) fn id() -> Option<u32> {
    fs::metadata("/proc/self").ok().map(|process| process.uid())
}

/// The name of that id in a file like `/etc/passwd`.
fn named(users: &str, id: &str) -> Option<String> {
    let of_id = |line: &str| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1) == Some(id)).then(|| name.to_owned())
    };
    users.lines().find_map(of_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_come_before_the_id() {
        let variables = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
        };
        assert_eq!(name(&variables(&[("USER", "eve"), ("LOGNAME", "ann")])), "ann");
        assert_eq!(name(&variables(&[("LOGNAME", ""), ("USERNAME", "eve")])), "eve");
        assert_eq!(named("root:x:0:0::/:/bin/sh\nann:x:10:10::/:/bin/sh\n", "10").as_deref(), Some("ann"));
    }
}
