//! Many ships and few open files: each connection is one, and no command fails for want of them.

use std::{
    fmt::Write as _,
    sync::atomic::{AtomicUsize, Ordering},
};

use crate::server::{Site, json};

const SHIPS: usize = 60;
/// Less than the ships are. 64 of them are kept for other purposes than connections.
const OPEN_FILES: u32 = 72;

fn file() -> String {
    let (mut ships, mut instances) = (String::new(), String::new());
    for number in 1..=SHIPS {
        // Writing to a text does not fail.
        let _ =
            writeln!(ships, "  n{number}: {{ip: 10.0.0.{number}, timeout: 20, socket_path: docker.sock}}");
        let _ = write!(instances, "web-{number}: {{ship: n{number}}}, ");
    }
    format!("name: shop\nships:\n{ships}services:\n  web: {{image: nginx, instances: {{{instances}}}}}\n")
}

/// An engine that has nothing. Each ship has another, by its id.
fn empty() -> Site {
    let asked = AtomicUsize::new(0);
    Site::new(&file(), move |request| match request {
        request if request.starts_with("GET /containers/json") => json(200, "[]"),
        request if request.starts_with("GET /volumes") => json(200, r#"{"Volumes":[]}"#),
        request if request.starts_with("GET /images/json") => json(200, "[]"),
        request if request.starts_with("GET /networks") => json(200, "[]"),
        "GET /info" => {
            let number = asked.fetch_add(1, Ordering::Relaxed);
            let id = format!(r#"{{"ID":"{number}","OSType":"linux","Architecture":"x86_64"}}"#);
            json(200, &id)
        }
        _ => json(404, r#"{"message":"no such thing"}"#),
    })
}

#[test]
fn sixty_ships_are_asked_with_eight_connections() {
    let site = empty();
    for (command, words) in [("status", "60 ships"), ("plan", "60 to create"), ("ship ls", "0 of 1 up")] {
        let ran = site.run_with_open_files(OPEN_FILES, command);
        assert_eq!(ran.code, Some(0), "{command}: {}", ran.all());
        assert!(ran.text.contains(words), "{command}: {}", ran.all());
    }
}
