//! A machine that SSH leads to: questions through the login that is there already.

use async_trait::async_trait;

use super::{
    DiskSpace, Host, PathKind,
    listening::{TABLES, ports},
};
use crate::{EngineInfo, transport::ssh::Shell};
use maestro_core::{fault::EngineFault, observed::Published};

/// What stands before each of the kernel's tables.
const HEAD: &str = "== ";

/// The machine behind a login.
pub struct OverSsh {
    shell: Shell,
}

impl OverSsh {
    /// The machine that this shell runs on.
    #[must_use]
    pub fn new(shell: Shell) -> Self {
        Self { shell }
    }
}

#[async_trait]
impl Host for OverSsh {
    async fn room(&self, about: &EngineInfo) -> Result<Option<DiskSpace>, EngineFault> {
        let Ok(root) = shlex::try_quote(&about.root) else { return Ok(None) };
        let told = self.shell.output(&format!("LC_ALL=C df -P -k {root} 2>/dev/null")).await?;
        Ok(room(&told))
    }

    async fn listening(&self, _: &EngineInfo) -> Result<Option<Vec<Published>>, EngineFault> {
        let tables: Vec<&str> = TABLES.iter().map(|(path, _)| *path).collect();
        let command = format!(
            "for table in {}; do echo \"{HEAD}$table\"; cat \"$table\" 2>/dev/null; done; true",
            tables.join(" ")
        );
        let told = self.shell.output(&command).await?;
        let mut all = Vec::new();
        for (path, protocol) in TABLES {
            let table = told.split(HEAD).find_map(|part| part.strip_prefix(path)?.strip_prefix('\n'));
            all.extend(table.into_iter().flat_map(|table| ports(table, protocol)));
        }
        Ok(Some(all))
    }

    async fn at(&self, _: &EngineInfo, path: &str) -> Result<Option<PathKind>, EngineFault> {
        let Some(command) = question(path) else { return Ok(None) };
        Ok(thing(&self.shell.output(&command).await?))
    }
}

/// Asks a shell what lies at an absolute path. Whoever logs in may see less than the engine does: where the nearest
/// directory above cannot be looked into, nothing is known.
fn question(path: &str) -> Option<String> {
    let path = shlex::try_quote(path).ok().filter(|_| path.starts_with('/'))?;
    Some(format!(
        "at={path}; if test -e \"$at\" || test -L \"$at\"; then echo there; else \
         until test -e \"$at\"; do at=$(dirname \"$at\"); done; \
         if ! test -d \"$at\"; then echo below-a-file; elif test -x \"$at\"; then echo nothing; fi; fi"
    ))
}

fn thing(told: &str) -> Option<PathKind> {
    match told.trim() {
        "there" => Some(PathKind::There),
        "nothing" => Some(PathKind::Nothing),
        "below-a-file" => Some(PathKind::BelowAFile),
        _ => None,
    }
}

/// What `df` says in blocks of 1024 bytes. The part that is root's alone counts as free, as the engine is root.
fn room(told: &str) -> Option<DiskSpace> {
    let mut numbers = told.lines().nth(1)?.split_ascii_whitespace().skip(1).map(str::parse::<u64>);
    let (total, used) = (numbers.next()?.ok()?, numbers.next()?.ok()?);
    let bytes = |blocks: u64| blocks.saturating_mul(1024);
    Some(DiskSpace { total: bytes(total), free: bytes(total.saturating_sub(used)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_df_says_is_understood() {
        let told = "Filesystem     1024-blocks     Used Available Capacity Mounted on\n\
                    /dev/vda         264100000 33000000  62000000      35% /\n";
        assert_eq!(room(told), Some(DiskSpace { total: 264_100_000 * 1024, free: 231_100_000 * 1024 }));
        assert_eq!(room(""), None);
        assert_eq!(room("Filesystem\n/dev/vda - - - - /\n"), None);
    }

    #[test]
    fn a_shell_tells_what_lies_at_a_path() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("it's a file"), "").unwrap();
        let ask = |path: &str| {
            let path = directory.path().join(path);
            let command = question(path.to_str().unwrap()).unwrap();
            let told = std::process::Command::new("sh").args(["-c", &command]).output().unwrap();
            assert!(told.status.success(), "{told:?}");
            thing(std::str::from_utf8(&told.stdout).unwrap())
        };
        assert_eq!(ask("it's a file"), Some(PathKind::There));
        assert_eq!(ask("nothing/at/all"), Some(PathKind::Nothing));
        assert_eq!(ask("it's a file/below"), Some(PathKind::BelowAFile));
        assert_eq!(question("relative"), None);
    }
}
