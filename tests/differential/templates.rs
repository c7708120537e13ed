//! Templates, filled in by Jinja2 as `MaestroNG` sets it up, and by this program.

use std::{
    collections::BTreeMap,
    io::Write as _,
    process::{Command, Stdio},
};

use maestro_core::{diagnostic::Diagnostics, source::Sources};
use maestro_file::document::template::render;

use crate::programs::maestro_ng_python;

/// Fills in each template of a list from standard input; one that fails is `null`.
const JINJA2: &str = "
import jinja2, json, sys
def filled(text):
    try:
        return jinja2.Environment(loader=jinja2.FileSystemLoader('.')).from_string(text).render(env={'TAG': '1.2', 'EMPTY': ''})
    except Exception as error:
        return None
json.dump([filled(text) for text in json.load(sys.stdin)], sys.stdout)
";

/// Both write the same.
const SAME: &[&str] = &[
    "{{ env.TAG }} {{ env['TAG'] }} {{ env.get('NO', 'x') }} {{ env.NO is defined }} {{ env.NO | default('d') }}",
    "{{ env.EMPTY | default('x') }}|{{ env.EMPTY | default('x', true) }}|{{ env.NO or 'y' }}|{{ 'TAG' in env }}",
    "{% set l = [] %}{% for i in range(3) %}{% set _ = l.append(i) %}{% endfor %}{{ l }} {{ l | length }} {{ l | join('-') }}",
    "{% set l = [3, 1, 2] %}{% set _ = l.sort() %}{{ l }}{% set _ = l.sort(reverse=true) %}{{ l }}{% set _ = l.reverse() %}{{ l }}",
    "{% set l = [1] %}{% set _ = l.extend([2, 3]) %}{% set _ = l.insert(0, 'a') %}{{ l }}{{ l.pop() }}{{ l.pop(0) }}{{ l }}{{ l.index(2) }}",
    "{% set l = [1, 2, 1] %}{% set _ = l.remove(1) %}{{ l }}{{ l.count(1) }}{% set _ = l.clear() %}{{ l }}{{ 'yes' if l else 'no' }}",
    "{% set a = [1] %}{% set b = a %}{% set _ = b.append(2) %}{{ a }}{% set c = a.copy() %}{% set _ = c.append(3) %}{{ a }}{{ c }}",
    "{% set a = [1] %}{% set b = a + [2] %}{% set _ = a.append(9) %}{% set _ = b.append(3) %}{{ a }}{{ b }}",
    "{% set a = [1, 2, 3] %}{% set b = a[1:] %}{% set _ = a.append(9) %}{{ b }}{{ a[-1] }}{{ a[0] }}{{ a[::2] }}",
    "{% set d = {} %}{% set _ = d.update({'a': 1}) %}{% set _ = d.update(b=2) %}{{ d }}{{ d.a }}{{ d['b'] }}{{ d | length }}",
    "{% set d = {'b': 1, 'a': 2} %}{% for k, v in d.items() %}{{ k }}{{ v }}{% endfor %}{% for k in d %}{{ k }}{% endfor %}{{ d | dictsort }}",
    "{% set d = {'a': 1} %}{{ d.setdefault('a', 5) }}{{ d.setdefault('b', 6) }}{{ d.pop('a') }}{{ d.pop('z', 'none') }}{{ d }}",
    "{{ {'a': [1, {'b': none}], 'c': true} }} {{ ('a', 1) }} {{ (1,) }} {{ [1.0, 'x', \"it's\"] }}",
    "{% set l = [1, 2] %}{{ l == [1, 2] }}{{ [1] + l }}{{ 1 in l }}{{ 3 not in l }}{{ l | sum }}{{ l | max }}{{ l | first }}{{ l | last }}",
    "{% set l = ['b', 'A', 'c'] %}{{ l | sort }}{{ l | sort(reverse=true) }}{{ l | map('upper') | list }}{{ l | reverse | list }}{{ l | unique | list }}",
    "{% set s = [{'n': 'a', 'p': 1}, {'n': 'b', 'p': 2}] %}{{ s | map(attribute='n') | join(',') }}{{ s | selectattr('p', 'gt', 1) | map(attribute='n') | list }}{{ s | sum(attribute='p') }}",
    "{% for group in [{'k': 1, 'v': 'a'}, {'k': 1, 'v': 'b'}] | groupby('k') %}{{ group.grouper }}{{ group.list | length }}{% endfor %}",
    "{{ '%02d' % 7 }} {{ '%s:%d' % ('a', 80) }} {{ '%5.2f|%-5s|%x' % (1.5, 'a', 255) }} {{ '%%' % () }} {{ '%(a)s' % {'a': 1} }}",
    "{{ '%s' % [1, 2] }} {{ '%s' % none }} {{ '%s' | format('a') }} {{ '%d%%' % 50 }} {{ 7 % 4 }} {{ 2 * 7 % 4 }} {{ -7 % 3 }}",
    "{% set f = 'web-%02d' %}{% set n = 7 %}{{ f % n }} {{ n % 4 }} {{ (f ~ 'x') % n }} {{ '%s' % n | string }} {{ f % (n + 1) }}",
    "{{ '{}:{}'.format('a', 1) }} {{ '{0}{1}{0}'.format('a', 'b') }} {{ '{:02d}'.format(3) }} {{ '{a}'.format(a=1) }} {{ '{:>5}'.format('x') }}",
    "{{ 'a,b'.split(',') }} {{ ' a '.strip() }}| {{ 'a.b.c'.rsplit('.', 1) }} {{ 'a b'.split() }} {{ 'a=b=c'.partition('=') }}",
    "{{ 'abc'.upper().lower().title().replace('A', 'x') }} {{ 'a'.zfill(3) }} {{ '-7'.zfill(4) }} {{ 'a'.rjust(3) }}{{ 'a'.ljust(3) }}|{{ 'ab'.center(5) }}|{{ 'abc'.center(6, '*') }}",
    "{{ 'web-1'.startswith('web') }} {{ 'x.yml'.endswith('.yml') }} {{ 'abc'.find('c') }} {{ '12'.isdigit() }} {{ 'aB'.swapcase() }} {{ 'a-b'.rpartition('-') }}",
    "{{ '-'.join(['a', 'b']) }} {{ 'a' ~ 1 ~ none ~ true }} {{ 'a' * 3 }} {{ 'abc'[1] }} {{ 'abc'[-2:] }} {{ 'abc' | length }}",
    "{{ 'hello world' | title }} {{ 'abc' | upper }} {{ 'abc' | capitalize }} {{ ' a ' | trim }} {{ 'aXb' | replace('X', '-') }} {{ 'x' | center(5) }}|",
    "{{ 'a b c' | wordcount }} {{ 'abcdef' | truncate(3, true, '') }} {{ '3' | int + 1 }} {{ 'x' | int(7) }} {{ '1.5' | float }} {{ 3.7 | round | int }} {{ -1 | abs }}",
    "{{ 'one two three four' | truncate(9) }}|{{ 'one two three four' | truncate(12, end='…', killwords=true, leeway=0) }}|{{ 'a<b>c</b>' | striptags }}",
    "{{ 7 / 2 }} {{ 7 // 2 }} {{ 2 ** 3 }} {{ 1.0 }} {{ 10 / 2 }} {{ 1e3 }} {{ true }} {{ none }} {{ not true }} {{ 1 == 1.0 }}",
    "{{ [1, 2, 3] | batch(2) | list }} {{ range(5) | list }} {{ range(1, 10, 3) | list }} {{ [[1, 2], [3]] | map('length') | list }}",
    "{% for i in [1, 2, 3] %}{{ loop.index }}{{ loop.index0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.revindex }}{{ loop.cycle('a', 'b') }} {% endfor %}",
    "{% for a, b in [(1, 2), (3, 4)] if a > 1 %}{{ a }}{{ b }}{% else %}none{% endfor %}{% for x in [] %}x{% else %}empty{% endfor %}",
    "{% for i in range(3) %}{% if not loop.first %},{% endif %}{{ i }}{{ loop.previtem | default('') }}{% endfor %}",
    "{% macro m(a, b='x', c=none) %}<{{ a }}{{ b }}{{ c }}>{% endmacro %}{{ m(1) }}{{ m(1, c=2) }}{{ m(b=3, a=4) }}",
    "{% macro m() %}[{{ caller() }}]{% endmacro %}{% call m() %}in{% endcall %}{% filter upper %}abc{% endfilter %}",
    "{% set ns = namespace(n=0, l=[]) %}{% for i in [1, 2] %}{% set ns.n = ns.n + i %}{% set _ = ns.l.append(i) %}{% endfor %}{{ ns.n }}{{ ns.l }}",
    "{% set x = 1 %}{% for i in [1] %}{% set x = 2 %}{% endfor %}{{ x }}{% if true %}{% set x = 3 %}{% endif %}{{ x }}{% with x = 4 %}{{ x }}{% endwith %}{{ x }}",
    "{% with a = 1, b = [2] %}{% set _ = b.append(a) %}{{ b }}{% endwith %}{% set a, b = 1, 2 %}{{ a }}{{ b }}{% set t %}text{% endset %}{{ t }}",
    "{% set d = dict(a=1, b=[]) %}{% set _ = d.b.append(2) %}{{ d }}{% set c = cycler('a', 'b') %}{{ c.next() }}{{ c.next() }}{{ c.next() }}",
    "a\n  {%- if true %}\n  b\n  {%- endif %}\nc {# no #}\n{% raw %}{{ x }}{% endraw %}{{ '{{' }}",
    "{{ 'a' if false }}{{ 'x' if 1 > 2 else 'y' }}{{ 1 < 2 < 3 }}{{ 'b' > 'a' }}{{ [1, 2] | select('odd') | list }}{{ 4 is even }}{{ 'a' is string }}",
    "{{ {'a': 1} | tojson }} {{ ['a', true, none] | tojson }} {{ 'a<b' | e }} {{ 1000000 | filesizeformat }} {{ {'b': 1, 'a': 2} | dictsort | map('first') | list }}",
    "{{ 'a\nb' | indent(2) }} {{ ['x', 'y'] | map('replace', 'x', 'z') | list }} {{ 'x' 'y' }} {{ '1,2'.split(',') | map('int') | sum }}",
    "{% set l = 'a,b'.split(',') %}{% set _ = l.append('c') %}{{ l }}{% set m = l | map('upper') | list %}{% set _ = m.append('D') %}{{ m }}",
    "{% set l = [[]] %}{% set _ = l[0].append(1) %}{{ l }}{% set d = {'l': []} %}{% set _ = d.l.append(1) %}{{ d }}{% set _ = d['l'].append(2) %}{{ d }}",
    "{% for s in ['x'] %}{% set l = [] %}{% for i in [1, 2] %}{% set _ = l.append(i) %}{% endfor %}{{ l }}{% endfor %}{% for s in [1, 2] %}{% set l = [] %}{% set _ = l.append(s) %}{{ l }}{% endfor %}",
];

/// What Jinja2 writes and this program does not, or otherwise: the template, what each writes, why.
const OTHERWISE: &[(&str, Option<&str>, Option<&str>, &str)] = &[
    (
        "{{ env.NO }}",
        Some(""),
        None,
        "an undefined value is an error: an empty image tag at night helps nobody",
    ),
    ("{{ nothing }}", Some(""), None, "likewise"),
    ("{% do [].append(1) %}", None, Some(""), "`do` needs an extension that MaestroNG did not switch on"),
    (
        "{% for k, v in {'a': 1}.iteritems() %}{{ k }}{% endfor %}",
        None,
        Some("a"),
        "templates of Python 2's time load",
    ),
    ("{{ [1] | pprint is string }}{{ {'a': 1}.has_key('a') }}", None, Some("TrueTrue"), "likewise"),
];

#[test]
#[ignore = "needs MaestroNG"]
fn templates_are_filled_in_as_by_jinja2() {
    let python = maestro_ng_python();
    let all: Vec<&str> =
        SAME.iter().copied().chain(OTHERWISE.iter().map(|(template, ..)| *template)).collect();
    let mut child = Command::new(python);
    let child = child.args(["-c", JINJA2]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = child.spawn().unwrap();
    child.stdin.take().unwrap().write_all(serde_json::to_string(&all).unwrap().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let theirs: Vec<Option<String>> = serde_json::from_slice(&output.stdout).unwrap();
    let mut wrong = Vec::new();
    for (at, template) in all.iter().enumerate() {
        let (theirs, ours) = (theirs[at].clone(), filled(template));
        let right = match at.checked_sub(SAME.len()) {
            None => theirs.is_some() && theirs == ours,
            Some(at) => {
                let (_, listed_theirs, listed_ours, _) = OTHERWISE[at];
                (theirs.as_deref(), ours.as_deref()) == (listed_theirs, listed_ours)
            }
        };
        if !right {
            wrong.push(format!("{template}\n  Jinja2:  {theirs:?}\n  Maestro: {ours:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// As this program fills it in; none if it refuses.
fn filled(template: &str) -> Option<String> {
    let environment =
        [("TAG", "1.2"), ("EMPTY", "")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    let directory = tempfile::tempdir().unwrap();
    let (mut sources, mut diagnostics) = (Sources::default(), Diagnostics::default());
    let file = sources.add("maestro.yaml", template);
    let environment = BTreeMap::from(environment);
    let rendered = render(&mut sources, file, directory.path(), &environment, &mut diagnostics);
    rendered.map(|rendered| rendered.text().to_owned())
}
