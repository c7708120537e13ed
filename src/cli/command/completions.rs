//! `completions`: what makes a shell complete commands, options and names.

mod nushell;

use clap_complete::env::{Bash, Elvish, EnvCompleter, Fish, Powershell, Shells, Zsh};

use crate::cli::{
    args::Shell,
    error::{End, Problem},
    session::Session,
};
use nushell::Nushell;

/// What a shell sets to ask for completions, with its own name.
pub(in crate::cli) const VARIABLE: &str = "MAESTRO_COMPLETE";

/// The shells that may ask.
pub(in crate::cli) const SHELLS: Shells<'static> =
    Shells(&[&Bash, &Elvish, &Fish, &Nushell, &Powershell, &Zsh]);

pub(in crate::cli) fn run(shell: Shell) -> Result<End, Problem> {
    let (completer, place): (&dyn EnvCompleter, &str) = match shell {
        Shell::Bash => (
            &Bash,
            "# To have it in every bash:\n\
             #   mkdir -p ~/.local/share/bash-completion/completions\n\
             #   maestro completions bash > ~/.local/share/bash-completion/completions/maestro",
        ),
        Shell::Zsh => (
            &Zsh,
            "# To have it in every zsh:\n\
             #   mkdir -p ~/.zfunc\n\
             #   maestro completions zsh > ~/.zfunc/_maestro\n\
             # and in ~/.zshrc: fpath=(~/.zfunc $fpath); autoload -Uz compinit; compinit",
        ),
        Shell::Fish => (
            &Fish,
            "# To have it in every fish:\n\
             #   mkdir -p ~/.config/fish/completions\n\
             #   maestro completions fish > ~/.config/fish/completions/maestro.fish",
        ),
        Shell::Nushell => (
            &Nushell,
            "# To have it in every Nushell:\n\
             #   mkdir ($nu.default-config-dir)/autoload\n\
             #   maestro completions nushell | save -f ($nu.default-config-dir)/autoload/maestro.nu",
        ),
        Shell::Powershell => (
            &Powershell,
            "# To have it in every PowerShell:\n\
             #   maestro completions powershell >> $PROFILE",
        ),
    };
    let mut script = Vec::new();
    completer.write_registration(VARIABLE, "maestro", "maestro", "maestro", &mut script)?;
    // Behind the script: zsh wants its own first line first.
    let script = String::from_utf8_lossy(&script);
    Session::print_whole(&format!("{}\n\n{place}\n", script.trim()))?;
    Ok(End::Done)
}
