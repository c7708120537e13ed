use super::*;
use proptest::prelude::*;

fn masked(text: &str) -> String {
    Shown::of(text).text
}

#[test]
fn secrets_are_not_shown() {
    for (line, shown) in [
        ("password: hunter2", "password: ***"),
        ("  password: hunter2 # old\n", "  password: ***\n"),
        ("{username: u, password: hunter2, retyr: {}}", "{username: u, password: ***, retyr: {}}"),
        ("{password: hunter2}", "{password: ***}"),
        ("DB_PASSWORD: 'hunter2, and }'", "DB_PASSWORD: '***'"),
        ("\"password\": \"hunter2\"", "\"password\": \"***\""),
        ("{password: a, b: {password: b}}", "{password: ***, b: {password: ***}}"),
        ("password : h\u{fc}nter", "password : ***"),
        ("password:", "password:"),
        ("password: \"{{ env.PASSWORD }}\"", "password: \"{{ env.PASSWORD }}\""),
        ("passwords_from: x", "passwords_from: ***"),
        ("image: password:1", "image: password:1"),
        ("entrypoint: {a: b}", "entrypoint: {a: b}"),
        ("[https://u:hunter2@r/a:b@c, http://r:1/a@b]", "[https://u:***@r/a:b@c, http://r:1/a@b]"),
        ("pasword: hunter2", "pasword: ***"),
        ("password: hunter2: x", "password: ***"),
        ("note: token: hunter2", "note: token: ***"),
        ("image: x # password: hunter2", "image: x # password: ***"),
        ("headers: {Accept: hunter2, X: [hunter2]}", "headers: {Accept: ***, X: [***]}"),
        ("auth: [ann, hunter2]", "auth: [***, ***]"),
        ("- {type: slack, token: hunter2, x: 1}", "- {type: slack, token: ***, x: 1}"),
        ("cmd: curl -u ann:hunter2 -f x", "cmd: curl -u ann:*** -f x"),
        ("cmd: [x, --password, hunter2, y]", "cmd: [x, --password, ***, y]"),
        ("cmd: \"-H 'Authorization: Bearer hunter2'\"", "cmd: \"-H 'Authorization: ***'\""),
        ("data: '{\"token\": \"hunter2\"}'", "data: '{\"token\": \"***\"}'"),
        ("- DB_PASSWORD=hunter2", "- DB_PASSWORD=***"),
        ("{% set db_password = 'hunter2' %}", "{% set db_password = '***' %}"),
        ("env: {DATABASE_URL: hunter2, PORT: 1}", "env: {DATABASE_URL: ***, PORT: 1}"),
        (
            "services: {auth: {image: x}, token: {image: y}}",
            "services: {auth: {image: x}, token: {image: y}}",
        ),
        ("ports: {auth: 80}", "ports: {auth: 80}"),
        ("services: {password: hunter2}", "services: {password: ***}"),
        ("registries: {token: hunter2, hub: {username: a}}", "registries: {token: ***, hub: {username: a}}"),
        ("limits: {password: hunter2}", "limits: {password: ***}"),
        ("SMTP_PW: hunter2", "SMTP_PW: ***"),
        ("PWD: /srv/app", "PWD: /srv/app"),
        ("DB_PASSWORD: \"tok\"REALSECRET\"", "DB_PASSWORD: \"***"),
        ("LEVEL: sk_live_4eC39HqLyjWD", "LEVEL: ***"),
        ("host: u:hunter2@h", "host: u:***@h"),
        ("image: \"{{ vault('hunter2') }}\"", "image: \"{{ vault('***') }}\""),
        (
            "image: \"{{ env.get('TAG') | default('1.2') }}\"",
            "image: \"{{ env.get('TAG') | default('1.2') }}\"",
        ),
        (
            "image: nginx@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            "image: nginx@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        ),
        ("unauthorized: authentication required", "unauthorized: authentication required"),
        ("tls_key: a.pem", "tls_key: a.pem"),
        (
            "password: \"{{ env.get('X', 'hunter2') | default('hunter2') }}\"",
            "password: \"{{ env.get('X', '***') | default('***') }}\"",
        ),
    ] {
        assert_eq!(masked(line), shown);
    }
}

#[test]
fn names_below_secrets_are_shown() {
    for (text, shown) in [
        ("secrets: [db_password, {source: key}]", "secrets: [db_password, {source: key}]"),
        ("secrets:\n  db_password:\n    file: ./a.txt\n", "secrets:\n  db_password:\n    file: ./a.txt\n"),
        ("secrets:\n  db_password: hunter2\n", "secrets:\n  db_password: ***\n"),
        ("secrets: hunter2", "secrets: ***"),
        ("environment: {secrets: [hunter2]}", "environment: {secrets: [***]}"),
    ] {
        assert_eq!(masked(text), shown, "{text}");
    }
}

#[test]
fn what_spans_lines_is_hidden_in_all_of_them() {
    for (text, shown) in [
        ("a: 1\npassword: x\nb: 2\n", "a: 1\npassword: ***\nb: 2\n"),
        (
            "k:\n  KEY_SECRET: |\n    one: 1\n    two\n  a: 1\n",
            "k:\n  KEY_SECRET: ***\n    ***\n    ***\n  a: 1\n",
        ),
        ("headers:\n  X-A:\n    one\n  B: two\nc: d\n", "headers:\n  X-A:\n    ***\n  B: ***\nc: d\n"),
        ("auth:\n- ann\n- two\nc: d\n", "auth:\n- ***\n- ***\nc: d\n"),
        ("DB_PASSWORD\u{ff1a} hunter2", "DB_PASSWORD\u{ff1a} ***"),
        ("DB_PASSWORD\u{ff1a}hunter2", "DB_PASSWORD\u{ff1a}***"),
        // Never closed.
        ("a:\n  token: \"one\n  b: two\n", "a:\n  token: ***\n  b: two\n"),
        ("a:\n  headers: {X: one\n  b: two\n", "a:\n  headers: {X: ***\n  b: two\n"),
        ("token: [one,\n  two]\nb: c\n", "token: [***,\n  ***]\nb: c\n"),
        ("- type: slack\n  token: one\n- type: log\n", "- type: slack\n  token: ***\n- type: log\n"),
    ] {
        assert_eq!(masked(text), shown, "{text}");
    }
}

#[test]
fn behind_a_key_in_lines_with_a_quote_too_many_all_is_hidden() {
    for (text, shown) in [
        (
            "a:\n'  w:\n    env: {DB_PASSWORD: 'one\"', A: 1}\n    b: two\n",
            "a:\n'  w:\n    env: {DB_PASSWORD: '***\n    b: two\n",
        ),
        (
            "\"registries: {h: {username: a, password: '0aAAAAa\"'}}\nb: two\n",
            "\"registries: {h: {username: a, password: '***\nb: two\n",
        ),
        ("'{DB_PASSWORD: \"x'y\", A: 1}\nb: two\n", "'{DB_PASSWORD: \"***\nb: two\n"),
        ("{'A: 1, SMTP_PW: \"ab', cd\"}\nb: two\n", "{'A: 1, SMTP_PW: \"***\nb: two\n"),
        ("\"a:\n  token:\n    one\"\n    two\n  b: c\n", "\"a:\n  token:\n    ***\n    ***\n  b: c\n"),
        ("'  env: {DB_PASSWORD: ':a0a0', A: 1}\nb: two\n", "'  env: {DB_PASSWORD: '***\nb: two\n"),
        // Quotes that are as they should be leave what follows a secret open.
        ("a: 'it''s'\nb: {token: 'x', c: d}\n", "a: 'it''s'\nb: {token: '***', c: d}\n"),
        // A quote in a quoted value is doubled, or written as in a shell.
        ("env: #{KEY: 'one''two'}}\nb: c\n", "env: #{KEY: '***'}}\nb: c\n"),
        ("a: sh -c \"PASSWORD='one'\\''two' b\"\n", "a: sh -c \"PASSWORD='***' b\"\n"),
        ("a: run --password 'one''two' --b ''\n", "a: run --password '***' --b ''\n"),
        ("a: '{\"token\": \"x\", \"b\": \"c\"}'\n", "a: '{\"token\": \"***\", \"b\": \"c\"}'\n"),
    ] {
        assert_eq!(masked(text), shown, "{text}");
    }
}

proptest! {
    #[test]
    fn every_line_and_place_stays(text in "(?s)(.{0,12}(password|headers|\\{\\{|\\{%)? ?[:=]? ?['\"{\\[]?.{0,12}\n?){0,4}", at in 0..60_usize, length in 0..20_usize) {
        let shown = Shown::of(&text);
        prop_assert_eq!(shown.text.matches('\n').count(), text.matches('\n').count());
        let floor = |at: usize| (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
        let place = shown.place(floor(at)..floor(at + length));
        prop_assert!(shown.text.get(place).is_some());
    }

    #[test]
    fn a_secret_is_hidden_wherever_its_key_stands(before in "(?s)[a-z:{}\\[\\], \n#-]{0,30}", indent in 0..5_usize) {
        let text = format!("{before}\n{}password: c4nary\n", " ".repeat(indent));
        prop_assert!(!masked(&text).contains("c4nary"), "{}", masked(&text));
    }
}
