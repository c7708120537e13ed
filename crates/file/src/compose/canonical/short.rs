//! Short forms in place of long ones.

use super::{Canonical, device, mount, port, port_fault, port_meant};
use crate::compose::{
    element::{Content, Element, Member, Members},
    form::{Form, Short},
};
use maestro_core::{
    diagnostic::{Diagnostic, Help, nearest},
    source::Span,
};

/// The whole text of an item. A block of lines is pointed at by its first word alone; of a list in lines nothing says where it
/// begins.
fn whole(item: &Element) -> Option<Span> {
    let last = match &item.content {
        Content::Mapping(members) => {
            let last = members.values().last().map(|member| &member.value)?;
            // Nothing says where a value ends that is not written.
            Some(last).filter(|last| !last.is_null())?.span
        }
        Content::List(items) => items.last()?.span,
        _ => return Some(item.span),
    };
    let is_flow = item.span.end > last.end;
    let is_mapping = matches!(item.content, Content::Mapping(_));
    let lines = || is_mapping.then(|| Span::new(item.span.file, item.span.start..last.end));
    if is_flow { Some(item.span) } else { lines() }
}

impl Canonical<'_> {
    /// The long form of a value, if it is a short one; as it is otherwise.
    pub(super) fn lengthened(&mut self, element: Element, short: Short, what: &str) -> Option<Element> {
        let span = element.span;
        let list = |items| Element::new(span, Content::List(items));
        match (short, &element.content) {
            (Short::Key(key), Content::Text(text)) => {
                Some(Element::mapping(span, [(key, Content::Text(text.clone()))]))
            }
            (Short::Item, Content::Text(_) | Content::Mapping(_))
            | (
                Short::Options,
                Content::Text(_) | Content::Integer(_) | Content::Number(_) | Content::Boolean(_),
            ) => Some(list(vec![element])),
            (Short::Gpus, Content::Text(text)) if text == "all" => {
                Some(list(vec![Element::mapping(span, [("count", Content::from("all"))])]))
            }
            (Short::Names, Content::List(_)) => Some(self.names(&element, what, |_| Content::Null)),
            (Short::Dependencies, Content::List(_)) => Some(self.names(&element, what, |name| {
                let members =
                    [("condition", Content::from("service_started")), ("required", Content::Boolean(true))];
                Element::mapping(name.span, members).content
            })),
            (Short::Ssh, Content::List(_)) => Some(self.ssh(&element, what)),
            (Short::Ports, Content::List(_)) => self.ports(element),
            (Short::Mount, Content::Text(text)) => self.mount(text, &element, what),
            (Short::Mount, Content::Mapping(members)) if self.lacks_target(members, &element) => None,
            (Short::Device, Content::Text(text)) => {
                let device = device::read(text, span);
                if device.is_none() {
                    self.bad_value(&element, what, "`SOURCE:TARGET:PERMISSIONS`", "/dev/sda:/dev/xvda:rwm");
                }
                device
            }
            (Short::Limit, Content::Text(text)) => match text.parse() {
                Ok(limit) => Some(Element::new(span, Content::Integer(limit))),
                Err(_) => {
                    self.wrong_type(&element, what, "a whole number, or `soft` and `hard`");
                    None
                }
            },
            (Short::External, Content::Text(_) | Content::Boolean(_)) => {
                self.value(element, &Form::Boolean, what)
            }
            _ => Some(element),
        }
    }

    /// A list of names as a mapping.
    fn names(&mut self, element: &Element, what: &str, content: impl Fn(&Element) -> Content) -> Element {
        let mut members = Members::new();
        for item in element.items().unwrap_or_default() {
            match item.as_text() {
                Some(name) => {
                    let value = Element::new(item.span, content(item));
                    members.insert(name.to_owned(), Member::new(item.span, value));
                }
                None => self.wrong_type(item, &format!("each item of {what}"), "text"),
            }
        }
        Element::new(element.span, Content::Mapping(members))
    }

    fn ssh(&mut self, element: &Element, what: &str) -> Element {
        let mut members = Members::new();
        for item in element.items().unwrap_or_default() {
            let pair = item.as_text().map(|text| match text.split_once('=') {
                Some((id, path)) => (id, Content::from(path)),
                None => (text, Content::Null),
            });
            match pair {
                Some((id, value)) if id == "default" || !matches!(value, Content::Null) => {
                    let value = Element::new(item.span, value);
                    members.insert(id.to_owned(), Member::new(item.span, value));
                }
                Some(_) | None => {
                    self.bad_value(
                        item,
                        &format!("each item of {what}"),
                        "`default` or `ID=PATH`",
                        "key=~/.ssh/id",
                    );
                }
            }
        }
        Element::new(element.span, Content::Mapping(members))
    }

    fn ports(&mut self, element: Element) -> Option<Element> {
        let span = element.span;
        let Content::List(items) = element.content else { return None };
        let mut ports = Vec::with_capacity(items.len());
        for item in items {
            if let Content::Mapping(_) = item.content {
                match port_meant::of_mapping(&item) {
                    Some(fault) => self.bad_port(&item, fault),
                    None => ports.push(item),
                }
                continue;
            }
            match port::ports(&item) {
                Ok(read) => ports.extend(read),
                Err(fault) => self.bad_port(&item, fault),
            }
        }
        Some(Element::new(span, Content::List(ports)))
    }

    fn bad_port(&mut self, item: &Element, fault: port_fault::PortFault) {
        let diagnostic = Diagnostic::error("bad-port", "this is no port or range of ports");
        let diagnostic = diagnostic.at(item.span, fault.label);
        self.diagnostics.push(fault.helps.into_iter().fold(diagnostic, |diagnostic, (text, meant)| {
            let help = Help::from(text);
            diagnostic.help(match meant.zip(whole(item)) {
                Some((meant, span)) => help.replace(span, meant),
                None => help,
            })
        }));
    }

    fn mount(&mut self, text: &str, element: &Element, what: &str) -> Option<Element> {
        let read = match mount::read(text, element.span) {
            Ok(read) => read,
            Err(why) => {
                let diagnostic =
                    Diagnostic::error("bad-mount", format!("{what} must be `SOURCE:TARGET:MODE`"));
                self.diagnostics.push(
                    diagnostic.at(element.span, why).help("write for example `./data:/var/lib/data:ro`"),
                );
                return None;
            }
        };
        for option in read.unknown {
            let diagnostic =
                Diagnostic::warning("unknown-mode", format!("the mode `{option}` has no effect"));
            let help = match nearest(&option, mount::MODES) {
                Some(near) => format!("did you mean `{near}`?"),
                None if option.to_lowercase().starts_with("read") => "did you mean `ro`?".to_owned(),
                None => "leave it out".to_owned(),
            };
            self.diagnostics.push(diagnostic.at(element.span, "").help(help));
        }
        Some(read.mount)
    }
}
