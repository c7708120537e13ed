//! A machine that SSH leads to: two questions through the login that is there already.

use async_trait::async_trait;

use super::{
    Host, Room, Thing,
    listening::{TABLES, ports},
};
use crate::{
    engine::{About, transport::ssh::Shell},
    observed::Published,
};

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
    async fn room(&self, about: &About) -> Result<Option<Room>, String> {
        let Ok(root) = shlex::try_quote(&about.root) else { return Ok(None) };
        let told = self.shell.output(&format!("LC_ALL=C df -P -k {root} 2>/dev/null")).await?;
        Ok(room(&told))
    }

    async fn listening(&self, _: &About) -> Result<Option<Vec<Published>>, String> {
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

    async fn at(&self, _: &About, _: &str) -> Result<Option<Thing>, String> {
        // Whoever logs in may see less than the engine does.
        Ok(None)
    }
}

/// What `df` says in blocks of 1024 bytes. The part that is root's alone counts as free, as the engine is root.
fn room(told: &str) -> Option<Room> {
    let mut numbers = told.lines().nth(1)?.split_ascii_whitespace().skip(1).map(str::parse::<u64>);
    let (total, used) = (numbers.next()?.ok()?, numbers.next()?.ok()?);
    let bytes = |blocks: u64| blocks.saturating_mul(1024);
    Some(Room { total: bytes(total), free: bytes(total.saturating_sub(used)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_df_says_is_understood() {
        let told = "Filesystem     1024-blocks     Used Available Capacity Mounted on\n\
                    /dev/vda         264100000 33000000  62000000      35% /\n";
        assert_eq!(room(told), Some(Room { total: 264_100_000 * 1024, free: 231_100_000 * 1024 }));
        assert_eq!(room(""), None);
        assert_eq!(room("Filesystem\n/dev/vda - - - - /\n"), None);
    }
}
