//! How containers are named after their instances: `container_names` of a file.

use std::ops::Range;

use super::name::{ContainerName, is_container_name};

/// The longest name of a container that a pattern may make. In bytes. Docker sets no limit itself, but a name is one label
/// of a host name on the container's networks.
pub const LONGEST: usize = 63;

/// A pattern of containers' names, for example `{environment}-{instance}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamePattern {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Placeholder(Placeholder),
}

/// What a pattern fills in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placeholder {
    /// The environment's name.
    Environment,
    /// The service's name.
    Service,
    /// The instance's name.
    Instance,
    /// The name of the instance's ship.
    Ship,
}

impl Placeholder {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Environment, Self::Service, Self::Instance, Self::Ship];

    /// The word between the braces.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Environment => "environment",
            Self::Service => "service",
            Self::Instance => "instance",
            Self::Ship => "ship",
        }
    }
}

/// The names that a pattern fills in for one instance.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    /// The environment's name.
    pub environment: &'a str,
    /// The service's name.
    pub service: &'a str,
    /// The instance's name.
    pub instance: &'a str,
    /// The name of its ship.
    pub ship: &'a str,
}

impl Names<'_> {
    fn of(&self, placeholder: Placeholder) -> &str {
        match placeholder {
            Placeholder::Environment => self.environment,
            Placeholder::Service => self.service,
            Placeholder::Instance => self.instance,
            Placeholder::Ship => self.ship,
        }
    }
}

/// What is wrong with a pattern, and where in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PatternFault {
    /// A placeholder that does not exist: the word, and its place without the braces.
    Unknown(String, Range<usize>),
    /// A brace that belongs to no placeholder.
    Brace(Range<usize>),
    /// A character that Docker does not allow.
    Character(char, Range<usize>),
    /// Several instances would get one name: `{instance}` is missing.
    NoInstance,
}

impl NamePattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Vec<PatternFault>> {
        let (mut parts, mut faults) = (Vec::new(), Vec::new());
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let plain = rest.find(['{', '}']).unwrap_or(rest.len());
            if plain > 0 {
                let text = &rest[..plain];
                faults.extend(
                    text.char_indices().filter(|(_, c)| !is_allowed(*c)).map(|(offset, c)| {
                        PatternFault::Character(c, at + offset..at + offset + c.len_utf8())
                    }),
                );
                parts.push(Part::Text(text.to_owned()));
                at += plain;
                continue;
            }
            let word = rest.strip_prefix('{').and_then(|inside| {
                let end = inside.find(['{', '}'])?;
                inside[end..].starts_with('}').then(|| &inside[..end])
            });
            let Some(word) = word else {
                faults.push(PatternFault::Brace(at..at + 1));
                at += 1;
                continue;
            };
            match Placeholder::ALL.into_iter().find(|placeholder| placeholder.word() == word) {
                Some(placeholder) => parts.push(Part::Placeholder(placeholder)),
                None => faults.push(PatternFault::Unknown(word.to_owned(), at + 1..at + 1 + word.len())),
            }
            at += word.len() + 2;
        }
        if faults.is_empty() && !parts.contains(&Part::Placeholder(Placeholder::Instance)) {
            faults.push(PatternFault::NoInstance);
        }
        if faults.is_empty() { Ok(Self { parts }) } else { Err(faults) }
    }

    /// The name that it makes. Docker may not allow it.
    #[must_use]
    pub fn text(&self, names: Names<'_>) -> String {
        let parts = self.parts.iter().map(|part| match part {
            Part::Text(text) => text,
            Part::Placeholder(placeholder) => names.of(*placeholder),
        });
        parts.collect()
    }

    /// The name of an instance's container where it is another than the instance's own; none as well if Docker does not
    /// allow it.
    #[must_use]
    pub fn name(&self, names: Names<'_>) -> Option<ContainerName> {
        let name = self.text(names);
        (name != names.instance && name.len() <= LONGEST).then(|| ContainerName::new(&name)).flatten()
    }

    /// The placeholder whose name has a character that Docker does not allow, if it is one's fault.
    #[must_use]
    pub fn to_blame(&self, names: Names<'_>) -> Option<Placeholder> {
        let used = Placeholder::ALL.into_iter();
        let mut used = used.filter(|placeholder| self.parts.contains(&Part::Placeholder(*placeholder)));
        used.find(|placeholder| !names.of(*placeholder).chars().all(is_allowed))
    }
}

impl std::fmt::Display for NamePattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.parts.iter().try_for_each(|part| match part {
            Part::Text(text) => f.write_str(text),
            Part::Placeholder(placeholder) => write!(f, "{{{}}}", placeholder.word()),
        })
    }
}

/// Whether a container's name may have that character, the first one aside.
fn is_allowed(c: char) -> bool {
    is_container_name(&format!("a{c}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: Names<'static> =
        Names { environment: "shop", service: "web", instance: "web-1", ship: "alpha" };

    #[test]
    fn a_pattern_fills_in_names() {
        for (pattern, name) in [
            ("{environment}-{instance}", Some("shop-web-1")),
            ("{ship}.{service}_{instance}", Some("alpha.web_web-1")),
            ("{instance}{instance}", Some("web-1web-1")),
            ("{instance}", None),
            ("-{instance}", None),
        ] {
            let read = NamePattern::parse(pattern).unwrap();
            assert_eq!(read.name(NAMES).as_ref().map(ContainerName::as_str), name, "{pattern}");
            assert_eq!(read.to_string(), pattern);
        }
        let long = NamePattern::parse(&format!("{}{{instance}}", "a".repeat(59))).unwrap();
        assert_eq!((long.name(NAMES), long.text(NAMES).len()), (None, 64));
    }

    #[test]
    fn what_is_wrong_with_a_pattern_has_its_place() {
        use PatternFault::{Brace, Character, NoInstance, Unknown};
        for (pattern, faults) in [
            ("{project}-{instance}", vec![Unknown("project".into(), 1..8)]),
            ("{environment}", vec![NoInstance]),
            ("", vec![NoInstance]),
            ("{instance", vec![Brace(0..1)]),
            ("a}{instance}", vec![Brace(1..2)]),
            ("{{instance}}", vec![Brace(0..1), Brace(11..12)]),
            ("{}", vec![Unknown(String::new(), 1..1)]),
            ("é {instance}", vec![Character('é', 0..2), Character(' ', 2..3)]),
        ] {
            assert_eq!(NamePattern::parse(pattern), Err(faults), "{pattern}");
        }
    }

    #[test]
    fn a_name_that_docker_does_not_allow_has_one_to_blame() {
        let pattern = NamePattern::parse("{environment}-{instance}").unwrap();
        assert_eq!(pattern.to_blame(NAMES), None);
        let names = Names { environment: "my shop", ..NAMES };
        assert_eq!((pattern.name(names), pattern.to_blame(names)), (None, Some(Placeholder::Environment)));
    }
}
