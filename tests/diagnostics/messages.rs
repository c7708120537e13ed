//! Whole messages for what people get wrong, as they are drawn.

use std::collections::BTreeMap;

use maestro_file::document::load;
use maestro_report::diagnostics;

/// The message for a file of this content, with three files beside it.
fn drawn(content: impl Into<Vec<u8>>) -> String {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("inc.yaml", "x: 1\ny: {{ oops }}\n"),
        ("self.yaml", "{% include 'self.yaml' %}"),
        ("macros.j2", "{% macro service(name) %}\n  {{ name }}: {image: a, image: b}\n{% endmacro %}\n"),
    ] {
        std::fs::write(directory.path().join(name), text).unwrap();
    }
    let environment = [("TAG", "1.2"), ("IMAGE", "web: 1.2"), ("DB_PASSWORD", "hunter2")];
    let environment: BTreeMap<_, _> = environment.map(|(name, value)| (name.into(), value.into())).into();
    let loaded = load("maestro.yaml", content.into(), directory.path(), &environment);
    diagnostics::draw(&loaded.diagnostics, &loaded.sources, false)
}

#[test]
fn a_tab_in_the_indentation() {
    insta::assert_snapshot!(drawn("name: demo\nservices:\n\tweb:\n\t\timage: nginx\n"), @r"
    error[tab-in-indentation]: this line is indented with a tab; YAML wants spaces
     --> maestro.yaml:3:1
      |
    3 |     web:
      | ^^^^ this is a tab
      |
      = note: one more line is indented with a tab
      = help: replace each tab with 2 spaces; `expand -i -t 2 FILE` prints the file so

    1 error in maestro.yaml: nothing was contacted
    ");
}

#[test]
fn a_tab_behind_spaces() {
    insta::assert_snapshot!(drawn("services:\n  web:\n  \timage: nginx\n"), @r"
    error[tab-in-indentation]: this line is indented with a tab; YAML wants spaces
     --> maestro.yaml:3:3
      |
    3 |       image: nginx
      |   ^^^^ this is a tab
      |
      = help: replace each tab with 2 spaces; `expand -i -t 2 FILE` prints the file so

    1 error in maestro.yaml: nothing was contacted
    ");
}

#[test]
fn keys_written_twice_are_all_told() {
    insta::assert_snapshot!(drawn("services:\n  web: {image: a, image: b}\n  web:\n    image: c\n"), @r"
    error[duplicate-key]: the key `image` is written twice
     --> maestro.yaml:2:19
      |
    2 |   web: {image: a, image: b}
      |         -----     ^^^^^ the second time
      |         |
      |         the first time
      |
      = help: remove the second one
      = help: or the first one, or give one of them another name

    error[duplicate-key]: the key `web` is written twice
     --> maestro.yaml:3:3
      |
    2 |   web: {image: a, image: b}
      |   --- the first time
    3 |   web:
      |   ^^^ the second time
      |
      = help: write all of it below one `web` (`image` is in both), or give one of them another name

    2 errors in maestro.yaml: nothing was contacted
    ");
}

#[test]
fn keys_that_mean_the_same() {
    insta::assert_snapshot!(drawn("yes: 1\ntrue: 2\n"), @r"
    error[duplicate-key]: the keys `yes` and `true` mean the same
     --> maestro.yaml:2:1
      |
    1 | yes: 1
      | --- the first time
    2 | true: 2
      | ^^^^ the second time
      |
      = help: remove the second one
      = help: or the first one, or give one of them another name

    1 error in maestro.yaml: nothing was contacted
    ");
}

#[test]
fn an_unknown_alias() {
    insta::assert_snapshot!(drawn("base: &base {image: a}\nweb: *bsae\nfile: *.txt\n"), @r"
    error[unknown-alias]: there is no anchor `&bsae` above this alias
     --> maestro.yaml:2:6
      |
    2 | web: *bsae
      |      ^^^^^
      |
      = help: did you mean `*base`?

    error[unknown-alias]: there is no anchor `&.txt` above this alias
     --> maestro.yaml:3:7
      |
    3 | file: *.txt
      |       ^^^^^
      |
      = help: if it is text and no alias, put it in quotes: `'*.txt'`

    2 errors in maestro.yaml: nothing was contacted
    ");
}

#[test]
fn an_anchor_below_its_alias() {
    insta::assert_snapshot!(drawn("web: *base\nbase: &base {image: a}\n"), @r"
    error[unknown-alias]: there is no anchor `&base` above this alias
     --> maestro.yaml:1:6
      |
    1 | web: *base
      |      ^^^^^
    2 | base: &base {image: a}
      |       ----- the anchor comes only here
      |
      = help: an anchor must stand above the aliases that use it: move it up

    1 error in maestro.yaml: nothing was contacted
    ");
}

#[test]
fn a_recursive_alias() {
    insta::assert_snapshot!(drawn("web: &web\n  image: a\n  again: *web\n"), @r"
    error[recursive-alias]: `*web` stands inside of what it stands for
     --> maestro.yaml:3:10
      |
    1 | web: &web
      |      ---- what begins here has not ended yet
    2 |   image: a
    3 |   again: *web
      |          ^^^^
      |
      = note: replacing the alias would never come to an end
      = help: move the part that you want to repeat out, and put the anchor (`&…`) there

    1 error in maestro.yaml: nothing was contacted
    ");
}

#[test]
fn an_anchor_on_an_alias() {
    insta::assert_snapshot!(drawn("a: &a 1\nb: &b *a\n"), @r"
    error[anchor-on-alias]: an alias cannot have an anchor of its own
     --> maestro.yaml:2:7
      |
    2 | b: &b *a
      |       ^^
      |
      = note: more mistakes may show once this is corrected
      = help: use the anchor that it has already

    1 error in maestro.yaml: nothing was contacted
    ");
}

#[test]
fn two_documents() {
    insta::assert_snapshot!(drawn("name: a\n---\nname: b\n"), @r"
    error[two-documents]: a second document begins here; a file holds one
     --> maestro.yaml:2:1
      |
    2 | ---
      | ^^^
      |
      = note: maestro would have to ignore one of them
      = help: remove the `---`, or put what follows into a file of its own

    1 error in maestro.yaml: nothing was contacted
    ");
}

#[test]
fn an_unclosed_quote() {
    insta::assert_snapshot!(drawn("name: 'demo\nservices: {}\n"), @r"
    error[unclosed-quote]: the quote `'` is never closed
     --> maestro.yaml:1:7
      |
    1 | name: 'demo
      |       ^ opened here
      |
      = help: write `name: 'demo'`

    1 error in maestro.yaml: nothing was contacted
    ");
}

#[test]
fn a_quote_that_swallows_lines() {
    insta::assert_snapshot!(drawn("name: 'demo\nimage: 'nginx'\n"), @r"
    error[unclosed-quote]: the quote `'` is never closed
     --> maestro.yaml:1:7
      |
    1 | name: 'demo
      |       ^ opened here
      |
      = help: write `name: 'demo'`

    1 error in maestro.yaml: nothing was contacted
    ");
}

#[test]
fn an_apostrophe_in_single_quotes() {
    insta::assert_snapshot!(drawn("motd: 'it's me'\n"), @r#"
    error[text-after-quote]: an apostrophe ends the text here
     --> maestro.yaml:1:10
      |
    1 | motd: 'it's me'
      |          ^
      |
      = help: write `motd: "it's me"`

    1 error in maestro.yaml: nothing was contacted
    "#);
}

#[test]
fn an_unclosed_bracket() {
    insta::assert_snapshot!(drawn("ports: [80, 443\nimage: nginx\n"), @r"
    error[unclosed-bracket]: `[` is never closed
     --> maestro.yaml:1:8
      |
    1 | ports: [80, 443
      |        ^ opened here
      |
      = help: write `ports: [80, 443]`

    1 error in maestro.yaml: nothing was contacted
    ");
}

#[test]
fn a_missing_comma() {
    insta::assert_snapshot!(drawn("web: {image: nginx ports: 80}\n"), @r"
    error[missing-comma]: a `,` is missing after this
     --> maestro.yaml:1:18
      |
    1 | web: {image: nginx ports: 80}
      |                  ^
      |
      = help: write `web: {image: nginx, ports: 80}`

    1 error in maestro.yaml: nothing was contacted
    ");
}

#[test]
fn a_wrong_bracket() {
    insta::assert_snapshot!(drawn("ports: [80, 443}\n"), @r"
    error[mismatched-bracket]: `[` is closed by `}`
     --> maestro.yaml:1:16
      |
    1 | ports: [80, 443}
      |        -       ^
      |        |
      |        opened here
      |
      = help: write `ports: [80, 443]`

    1 error in maestro.yaml: nothing was contacted
    ");
}

#[test]
fn bad_indentation() {
    insta::assert_snapshot!(drawn("services:\n  web:\n    image: nginx\n   ports: {}\n"), @r"
    error[bad-indentation]: this line is indented by 3 spaces, which fits no line above it
     --> maestro.yaml:4:4
      |
    4 |    ports: {}
      |    ^^^^^^^^^
      |
      = help: it needs 4 spaces before it, like `image`

    1 error in maestro.yaml: nothing was contacted
    ");
}

#[test]
fn a_key_below_a_value() {
    insta::assert_snapshot!(drawn("web: nginx\n  image: nginx\n"), @r"
    error[bad-indentation]: `image` is indented below a line that has a value already
     --> maestro.yaml:2:3
      |
    1 | web: nginx
      | ---------- this line has a value
    2 |   image: nginx
      |   ^^^^^^^^^^^^
      |
      = help: do not indent it, like `web`

    1 error in maestro.yaml: nothing was contacted
    ");
}

#[test]
fn a_second_colon() {
    insta::assert_snapshot!(drawn("command: echo: hello\n"), @r#"
    error[second-colon]: a second `: ` in one line
     --> maestro.yaml:1:14
      |
    1 | command: echo: hello
      |              ^ a value that contains `: ` needs quotes
      |
      = help: write `command: "echo: hello"`

    1 error in maestro.yaml: nothing was contacted
    "#);
}

#[test]
fn a_missing_space() {
    insta::assert_snapshot!(drawn("image:nginx\nname: web\n"), @r"
    error[missing-space]: a space is missing after the `:`
     --> maestro.yaml:1:6
      |
    1 | image:nginx
      |      ^
      |
      = help: write `image: nginx`

    1 error in maestro.yaml: nothing was contacted
    ");
}

#[test]
fn a_missing_colon() {
    insta::assert_snapshot!(drawn("env:\n  A: 1\n  B=2\n"), @r"
    error[missing-colon]: `=` stands where YAML wants a `:`
     --> maestro.yaml:3:4
      |
    3 |   B=2
      |    ^
      |
      = help: write `B: 2`

    1 error in maestro.yaml: nothing was contacted
    ");
}

#[test]
fn a_list_on_the_line_of_its_key() {
    insta::assert_snapshot!(drawn("requires: - db\n"), @r"
    error[bad-indentation]: a list cannot begin on the line of its key
     --> maestro.yaml:1:11
      |
    1 | requires: - db
      |           ^^^^
      |
      = help: write `requires: [db]`

    1 error in maestro.yaml: nothing was contacted
    ");
}

#[test]
fn a_key_among_items() {
    insta::assert_snapshot!(drawn("- a\nb: 1\n"), @r"
    error[missing-dash]: an item of a list begins with `- `
     --> maestro.yaml:2:1
      |
    1 | - a
      | --- an item
    2 | b: 1
      | ^^^^ the lines above it are items
      |
      = help: write `- b: 1`

    1 error in maestro.yaml: nothing was contacted
    ");
}

#[test]
fn a_comment_without_a_space() {
    insta::assert_snapshot!(drawn("image: 'nginx'# the web server\n"), @r"
    error[missing-space]: a comment needs a space in front of its `#`
     --> maestro.yaml:1:15
      |
    1 | image: 'nginx'# the web server
      |               ^
      |
      = help: write `image: 'nginx' # the web server`

    1 error in maestro.yaml: nothing was contacted
    ");
}

#[test]
fn a_comment_inside_of_a_value() {
    insta::assert_snapshot!(drawn("motd: hello # one\n  world\n"), @r"
    error[syntax]: a comment stands in the middle of a value that goes on in the next line
     --> maestro.yaml:1:13
      |
    1 | motd: hello # one
      |             ^
      |
      = note: more mistakes may show once this is corrected
      = help: move the comment, or correct the indentation of the next line if it is no part of the value

    1 error in maestro.yaml: nothing was contacted
    ");
}

#[test]
fn a_word_alone_in_a_mapping() {
    insta::assert_snapshot!(drawn("env:\n  A: 1\n  DEBUG\n"), @r"
    error[missing-colon]: `DEBUG` has no `:` after its name
     --> maestro.yaml:3:3
      |
    3 |   DEBUG
      |   ^^^^^ the lines beside it read `name: value`
      |
      = help: write `DEBUG:`

    1 error in maestro.yaml: nothing was contacted
    ");
}

#[test]
fn a_list_item_among_keys() {
    insta::assert_snapshot!(drawn("requires:\n  a: 1\n  - db\n"), @r"
    error[bad-indentation]: a list item stands among keys here
     --> maestro.yaml:3:3
      |
    3 |   - db
      |   ^^^^
      |
      = note: more mistakes may show once this is corrected
      = help: give the list a key of its own above it; or write `name: value` like the lines beside it

    1 error in maestro.yaml: nothing was contacted
    ");
}

#[test]
fn a_colon_behind_an_expression() {
    insta::assert_snapshot!(drawn("url: {{ env.TAG }}: x\n"), @r#"
    error[second-colon]: a second `: ` in one line
     --> maestro.yaml:1:19
      |
    1 | url: {{ env.TAG }}: x
      |                   ^ a value that contains `: ` needs quotes
      |
      = note: the template wrote `url: 1.2: x` here
      = help: if it is one text, put the expression in quotes: `"{{ … }}"`

    1 error in maestro.yaml: nothing was contacted
    "#);
}

#[test]
fn a_python_list_in_a_template() {
    insta::assert_snapshot!(drawn("requires: {{ env.TAG.split('.') }} x\n"), @r"
    error[syntax]: this cannot stand here
     --> maestro.yaml:1:36
      |
    1 | requires: {{ env.TAG.split('.') }} x
      |                                    ^ the value ends with the `]` before it
      |
      = note: more mistakes may show once this is corrected
      = note: the template wrote `requires: ['1', '2'] x` here
      = help: if it belongs to the value before it, put the whole value in quotes

    1 error in maestro.yaml: nothing was contacted
    ");
}

#[test]
fn an_escape_sequence() {
    insta::assert_snapshot!(drawn("motd: \x1b[2Jhello\n"), @r"
    error[control-character]: the file contains an escape character (the beginning of a terminal's colour codes)
     --> maestro.yaml:1:7
      |
    1 | motd: ?[2Jhello
      |       ^
      |
      = help: delete it; inside double quotes it can be written as `\x…`

    1 error in maestro.yaml: nothing was contacted
    ");
}

#[test]
fn a_reserved_character() {
    insta::assert_snapshot!(drawn("user: @admin\n"), @r"
    error[reserved-character]: a value cannot begin with `@`, unless it is in quotes
     --> maestro.yaml:1:7
      |
    1 | user: @admin
      |       ^
      |
      = help: write `user: '@admin'`

    1 error in maestro.yaml: nothing was contacted
    ");
}

#[test]
fn an_unknown_escape() {
    insta::assert_snapshot!(drawn("path: \"C:\\data\"\n"), @r#"
    error[unknown-escape]: between double quotes a backslash begins an escape, and this is none that YAML knows
     --> maestro.yaml:1:10
      |
    1 | path: "C:\data"
      |          ^^ single quotes leave backslashes as they are
      |
      = note: an engine on Linux mounts no path of Windows: write the path that the ship has, such as `/srv/web`
      = help: write `path: 'C:\data'`

    1 error in maestro.yaml: nothing was contacted
    "#);
}

#[test]
fn a_mapping_as_a_key() {
    insta::assert_snapshot!(drawn("{a: b}: c\n"), @r"
    error[unhashable-key]: a mapping cannot be a key
     --> maestro.yaml:1:1
      |
    1 | {a: b}: c
      | ^^^^^^ used as a key here
      |
      = help: a key is a name or a number; if this is meant as text, put it in quotes

    1 error in maestro.yaml: nothing was contacted
    ");
}

#[test]
fn a_merge_of_something_else() {
    insta::assert_snapshot!(drawn("web:\n  <<: [1, {image: a}]\n"), @r"
    error[merge-not-a-mapping]: only mappings can be merged with `<<`
     --> maestro.yaml:2:8
      |
    2 |   <<: [1, {image: a}]
      |        ^ this is no mapping
      |
      = help: name a mapping with an alias, `<<: *name`, or several, `<<: [*first, *second]`

    1 error in maestro.yaml: nothing was contacted
    ");
}

#[test]
fn tags_that_are_not_known() {
    insta::assert_snapshot!(drawn("a: !secret x\nb: !!int many\n"), @r"
    error[unknown-tag]: the tag `!secret` is not known
     --> maestro.yaml:1:4
      |
    1 | a: !secret x
      |    ^^^^^^^
      |
      = note: tags that work here: !!str, !!int, !!float, !!bool, !!null, !!map, !!seq
      = help: remove it; or, if it is meant as text, put it in quotes

    error[bad-tag]: `many` is not what its tag `!!int` says
     --> maestro.yaml:2:10
      |
    2 | b: !!int many
      |          ^^^^
      |
      = help: remove the tag, or correct the value

    2 errors in maestro.yaml: nothing was contacted
    ");
}

#[test]
fn brackets_without_an_end() {
    insta::assert_snapshot!(drawn("a: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\n"), @r"
    error[too-deep]: more than 64 mappings or lists lie in each other here
     --> maestro.yaml:1:69
      |
    1 | a: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[
      |                                                                     ^
      |
      = note: more mistakes may show once this is corrected
      = help: nothing that maestro reads is nested like that; look for brackets that are not closed

    1 error in maestro.yaml: nothing was contacted
    ");
}

#[test]
fn a_file_in_latin_1() {
    insta::assert_snapshot!(drawn(b"name: demo\nmotd: Gr\xfc\xdfe\n"), @r"
    error[not-utf8]: the file is not UTF-8 text
     --> maestro.yaml:2:9
      |
    2 | motd: Gr��e
      |         ^ the byte 0xFC is no character of UTF-8
      |
      = note: files from old editors are often Latin-1 instead
      = help: convert it with `iconv -f LATIN1 -t UTF-8 maestro.yaml`, or type the character again

    1 error in maestro.yaml: nothing was contacted
    ");
}

#[test]
fn a_file_in_utf_16() {
    insta::assert_snapshot!(drawn(b"\xff\xfen\0a\0m\0e\0:\0 \0d\0e\0m\0o\0\n\0"), @r#"
    error[utf-16]: the file is written in UTF-16; it must be UTF-8
     --> maestro.yaml:1:1
      |
    1 | name: demo
      | ^
      |
      = help: in your editor choose "Save with encoding: UTF-8", or run `iconv -f UTF-16 -t UTF-8 maestro.yaml`

    1 error in maestro.yaml: nothing was contacted
    "#);
}

#[test]
fn a_nul_byte() {
    insta::assert_snapshot!(drawn("name: a\0b\n"), @r"
    error[control-character]: the file contains a NUL byte
     --> maestro.yaml:1:8
      |
    1 | name: a?b
      |        ^
      |
      = help: is this really a text file? If so, save it as UTF-8

    1 error in maestro.yaml: nothing was contacted
    ");
}

#[test]
fn an_undefined_variable() {
    insta::assert_snapshot!(drawn("{% set image = 'nginx' %}\nimage: {{ imgae }}\n"), @r"
    error[undefined-variable]: `imgae` is not defined in this template
     --> maestro.yaml:2:11
      |
    2 | image: {{ imgae }}
      |           ^^^^^ nothing has this name here
      |
      = help: did you mean `image`?
      = help: define it above: `{% set imgae = … %}`
      = help: or give a value to fall back to: `{{ imgae | default('…') }}`

    1 error in maestro.yaml: nothing was contacted
    ");
}

#[test]
fn an_undefined_variable_of_the_environment() {
    insta::assert_snapshot!(drawn("image: web:{{ env.TGA }}\n"), @r"
    error[undefined-env]: the environment variable `TGA` is not set
     --> maestro.yaml:1:15
      |
    1 | image: web:{{ env.TGA }}
      |               ^^^^^^^ needed here
      |
      = help: did you mean `TAG`, which is set?
      = help: set it before you run maestro: `export TGA=…`
      = help: or write it as a line `NAME=value` into a file, and name it with `--env-file FILE`
      = help: or give a value to fall back to: `{{ env.TGA | default('…') }}`

    1 error in maestro.yaml: nothing was contacted
    ");
}

#[test]
fn a_variable_of_the_environment_without_env() {
    insta::assert_snapshot!(drawn("image: web:{{ TAG }}\n"), @r"
    error[undefined-variable]: `TAG` is not defined in this template
     --> maestro.yaml:1:15
      |
    1 | image: web:{{ TAG }}
      |               ^^^ nothing has this name here
      |
      = help: variables of the environment need `env.` in front: `{{ env.TAG }}`
      = help: define it above: `{% set TAG = … %}`
      = help: or give a value to fall back to: `{{ TAG | default('…') }}`

    1 error in maestro.yaml: nothing was contacted
    ");
}

#[test]
fn an_undefined_variable_in_an_include() {
    insta::assert_snapshot!(drawn("name: demo\n{% include 'inc.yaml' %}\n"), @r"
    error[undefined-variable]: `oops` is not defined in this template
     --> inc.yaml:2:7
      |
    2 | y: {{ oops }}
      |       ^^^^ nothing has this name here
      |
     ::: maestro.yaml:2:4
      |
    2 | {% include 'inc.yaml' %}
      |    ------------------ included here
      |
      = note: more mistakes may show once this is corrected
      = help: define it above: `{% set oops = … %}`
      = help: or give a value to fall back to: `{{ oops | default('…') }}`

    1 error in inc.yaml: nothing was contacted
    ");
}

#[test]
fn a_missing_include() {
    insta::assert_snapshot!(drawn("{% include 'ships.yaml' %}\n"), @r"
    error[missing-include]: there is no file `ships.yaml` to include
     --> maestro.yaml:1:4
      |
    1 | {% include 'ships.yaml' %}
      |    ^^^^^^^^^^^^^^^^^^^^
      |
      = note: an include is looked up in the directory of the file that maestro was given
      = note: more mistakes may show once this is corrected
      = help: write the file, or say `ignore missing` after its name if it may be absent

    1 error in maestro.yaml: nothing was contacted
    ");
}

#[test]
fn an_include_from_above() {
    insta::assert_snapshot!(drawn("{% include '../ships.yaml' %}\n"), @r"
    error[bad-include]: `../ships.yaml` cannot be included
     --> maestro.yaml:1:4
      |
    1 | {% include '../ships.yaml' %}
      |    ^^^^^^^^^^^^^^^^^^^^^^^
      |
      = note: an include must lie in the directory of the file, or below it
      = note: more mistakes may show once this is corrected
      = help: put the file beside the one that maestro was given, and write its name without `..`; `--allow-outside` lets templates include any file

    1 error in maestro.yaml: nothing was contacted
    ");
}

#[test]
fn an_include_of_itself() {
    insta::assert_snapshot!(drawn("{% include 'self.yaml' %}\n"), @r"
    error[template-endless]: this template calls itself without an end
     --> self.yaml:1:4
      |
    1 | {% include 'self.yaml' %}
      |    ^^^^^^^^^^^^^^^^^^^
      |
     ::: maestro.yaml:1:4
      |
    1 | {% include 'self.yaml' %}
      |    ------------------- included here
      |
      = note: more mistakes may show once this is corrected
      = help: a file must not include itself, and a macro needs an `{% if %}` that stops it

    1 error in self.yaml: nothing was contacted
    ");
}

#[test]
fn an_unknown_filter() {
    insta::assert_snapshot!(drawn("image: {{ 'nginx' | uper }}\n"), @r"
    error[unknown-filter]: there is no filter `uper`
     --> maestro.yaml:1:21
      |
    1 | image: {{ 'nginx' | uper }}
      |                     ^^^^
      |
      = help: did you mean `upper`?

    1 error in maestro.yaml: nothing was contacted
    ");
}

#[test]
fn a_template_that_is_not_closed() {
    insta::assert_snapshot!(drawn("{% for n in [1, 2] %}\nnode{{ n }}: {}\n"), @r"
    error[template-syntax]: this `{% for %}` is never closed
     --> maestro.yaml:1:1
      |
    1 | {% for n in [1, 2] %}
      | ^^^^^^^^^^^^^^^^^^^^^ opened here
      |
      = note: more mistakes may show once this is corrected
      = help: write `{% endfor %}` where it should end

    1 error in maestro.yaml: nothing was contacted
    ");
}

#[test]
fn an_expression_that_is_not_closed() {
    insta::assert_snapshot!(drawn("image: {{ env.TAG\n"), @r"
    error[template-syntax]: the template expression that begins here is never closed
     --> maestro.yaml:1:8
      |
    1 | image: {{ env.TAG
      |        ^^ opened here
      |
      = note: more mistakes may show once this is corrected
      = help: close it with `}}`

    1 error in maestro.yaml: nothing was contacted
    ");
}

#[test]
fn an_unknown_statement() {
    insta::assert_snapshot!(drawn("{% esle %}\n"), @r"
    error[template-syntax]: `{% esle %}` is not a statement of the template language
     --> maestro.yaml:1:4
      |
    1 | {% esle %}
      |    ^^^^
      |
      = note: more mistakes may show once this is corrected
      = help: did you mean `{% else … %}`?

    1 error in maestro.yaml: nothing was contacted
    ");
}

#[test]
fn a_list_that_cannot_be_changed() {
    insta::assert_snapshot!(drawn("{% set l = (1, 2) %}\n{{ l.append(1) }}\n"), @r"
    error[unknown-method]: a list has no method `append` in these templates
     --> maestro.yaml:2:5
      |
    2 | {{ l.append(1) }}
      |     ^^^^^^^^^^
      |
      = note: this list is one that cannot be changed, as a tuple in Python
      = note: more mistakes may show once this is corrected
      = help: make one of it that can: `{% set list = … | list %}`

    1 error in maestro.yaml: nothing was contacted
    ");
}

#[test]
fn a_loop_without_an_end() {
    insta::assert_snapshot!(drawn("{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}\n"), @r"
    error[template-endless]: this template does too much, or never comes to an end
     --> maestro.yaml:1:1
      |
    1 | {% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = note: a template may take 1000000 steps; a step is an operation or 64 bytes of output
      = note: more mistakes may show once this is corrected
      = help: look at the loops and macros around this place: what do they go over, and how often?

    1 error in maestro.yaml: nothing was contacted
    ");
}

#[test]
fn a_division_by_zero() {
    insta::assert_snapshot!(drawn("port: {{ 80 / 0 }}\n"), @r"
    error[template-error]: this divides by zero
     --> maestro.yaml:1:10
      |
    1 | port: {{ 80 / 0 }}
      |          ^^^^^^
      |
      = help: a condition can guard it: `{{ a / b if b else 0 }}`

    1 error in maestro.yaml: nothing was contacted
    ");
}

#[test]
fn what_a_template_wrote_is_told() {
    insta::assert_snapshot!(drawn("image: {{ env.IMAGE }}\n"), @r#"
    error[second-colon]: a second `: ` in one line
     --> maestro.yaml:1:8
      |
    1 | image: {{ env.IMAGE }}
      |        ^^^^^^^^^^^^^^^ a tag follows the `:` without a space
      |
      = note: the template wrote `image: web: 1.2` here
      = help: if it is one text, put the expression in quotes: `"{{ … }}"`

    1 error in maestro.yaml: nothing was contacted
    "#);
}

#[test]
fn what_a_template_wrote_keeps_secrets() {
    insta::assert_snapshot!(drawn("password: {{ env.DB_PASSWORD }}: x\n"), @r#"
    error[second-colon]: a second `: ` in one line
     --> maestro.yaml:1:32
      |
    1 | password: {{ env.DB_PASSWORD }}***
      |                                ^^^ a value that contains `: ` needs quotes
      |
      = note: the template wrote `password: ***` here
      = help: if it is one text, put the expression in quotes: `"{{ … }}"`

    1 error in maestro.yaml: nothing was contacted
    "#);
}

#[test]
fn what_a_macro_wrote_is_told() {
    insta::assert_snapshot!(drawn("{% import 'macros.j2' as m %}\nservices:\n{{ m.service('web') }}\n"), @r"
    error[duplicate-key]: the key `image` is written twice
     --> maestro.yaml:3:1
      |
    3 | {{ m.service('web') }}
      | ^^^^^^^^^^^^^^^^^^^^^^ both times here
      |
      = note: the template wrote `image` here
      = help: remove one of them, or give it another name

    1 error in maestro.yaml: nothing was contacted
    ");
}
