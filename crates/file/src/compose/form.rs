//! What a key of a Compose file takes, how two files' values of it are merged, and how it is printed.

/// What a value looks like. Short forms become the long one, which is how docker compose prints it.
#[derive(Debug, Clone, Copy)]
pub enum Form {
    /// Anything, which nobody looks at.
    Anything,
    /// A text.
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A text, or a number that is taken as one.
    Scalar,
    /// True or false.
    Boolean,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// Bytes: a number, or a number with a unit.
    Bytes,
    /// A time with units: `1m30s`.
    Duration,
    /// Permissions of a file: a number, or a text of octal digits.
    Permissions,
    /// How many devices: a number or `all`.
    Count,
    /// Words of a command: a list, or a text that is split as a shell would.
    Command,
    /// The test of a health check: a list, or a text for a shell.
    Test,
    /// A list.
    List(&'static Form),
    /// A list of texts, or one of them alone.
    Texts,
    /// Names and values: a mapping, or a list of `NAME=value`.
    Pairs(NoValue),
    /// A mapping of options, whose values are texts or numbers.
    Options,
    /// Host names and their addresses: a mapping, or a list of `HOST=ADDRESS`.
    Hosts,
    /// A mapping with these keys.
    Section(&'static [Property]),
    /// Names that the user chooses, and the same for each.
    Named(&'static Form),
    /// The same, or nothing.
    Optional(&'static Form),
    /// The long form, or one of these shorter ones.
    Short(Short, &'static Form),
}

impl Form {
    /// A value of a form whose values are all alike.
    fn example(&self) -> Option<&'static str> {
        match self {
            Self::Boolean => Some("true"),
            Self::Integer => Some("3"),
            Self::Number => Some("0.5"),
            Self::Bytes => Some("512m"),
            Self::Duration => Some("1m30s"),
            Self::Permissions => Some("\"0440\""),
            Self::Count => Some("all"),
            Self::Word(words) => words.first().copied(),
            Self::Optional(inner) | Self::Short(_, inner) => inner.example(),
            Self::Anything
            | Self::Text
            | Self::Scalar
            | Self::Command
            | Self::Test
            | Self::List(_)
            | Self::Texts
            | Self::Pairs(_)
            | Self::Options
            | Self::Hosts
            | Self::Section(_)
            | Self::Named(_) => None,
        }
    }
}

/// What a name without a value means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoValue {
    /// The value is taken from the environment.
    Inherited,
    /// The value is the empty text.
    Empty,
}

/// How a value may be written shorter than its long form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Short {
    /// A text in place of a mapping, which is the value of that key.
    Key(&'static str),
    /// One item in place of a list.
    Item,
    /// A list of names in place of a mapping of them.
    Names,
    /// A list of services in place of what is waited for of each.
    Dependencies,
    /// `HOST:PUBLISHED:TARGET/PROTOCOL`, also with ranges.
    Ports,
    /// `SOURCE:TARGET:MODE`.
    Mount,
    /// `SOURCE:TARGET:PERMISSIONS`.
    Device,
    /// `all`.
    Gpus,
    /// One number for both limits.
    Limit,
    /// True, false, or a mapping with the name, which is obsolete.
    External,
    /// A list of `ID` and `ID=PATH` in place of a mapping.
    Ssh,
    /// One value in place of a list, in a mapping of options.
    Options,
}

/// How the values of two files are merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merge {
    /// Mappings by key, lists one after the other, others replaced.
    Deep,
    /// The later value replaces the earlier one, also one without a value.
    Replace,
    /// Lists one after the other; of items with the same key the last one is kept.
    Unique(ItemKey),
    /// Mappings by key, if both have the same driver or one names none; otherwise replaced.
    SameDriver,
    /// Lists of mappings by their `subnet`.
    Subnets,
}

/// What makes two items of a list the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemKey {
    /// The text before `=`.
    Name,
    /// The value of that key.
    Of(&'static str),
    /// The target, which is the source in that directory if there is none.
    Target(&'static str),
    /// Address, published port, target and protocol.
    Port,
}

/// Whether a value that says nothing is printed: zero, false, an empty text or list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Empty {
    /// It is left out.
    LeftOut,
    /// It is printed.
    Printed,
    /// Neither it nor another value is printed.
    Hidden,
}

/// A key and its value.
#[derive(Debug, Clone, Copy)]
pub struct Property {
    /// The key.
    pub name: &'static str,
    /// What it takes.
    pub form: Form,
    /// How it is merged.
    pub merge: Merge,
    /// How it is printed.
    pub empty: Empty,
    /// Whether it must be there.
    pub required: bool,
    /// A value for messages to show, as YAML.
    example: Option<&'static str>,
}

impl Property {
    /// A key whose values are merged deeply and printed unless they say nothing.
    pub(super) const fn new(name: &'static str, form: Form) -> Self {
        Self { name, form, merge: Merge::Deep, empty: Empty::LeftOut, required: false, example: None }
    }

    /// A value that looks like this one is what the key takes.
    pub(super) const fn like(self, example: &'static str) -> Self {
        Self { example: Some(example), ..self }
    }

    /// The key with a value that it takes, as it is written in one line; none if any text is one.
    #[must_use]
    pub fn example(&self) -> Option<String> {
        let value = self.example.or(self.form.example())?;
        Some(format!("{}: {value}", self.name))
    }

    /// The later value replaces the earlier one.
    pub(super) const fn replaced(self) -> Self {
        Self { merge: Merge::Replace, ..self }
    }

    /// Of items with the same key the last one is kept.
    pub(super) const fn unique(self, key: ItemKey) -> Self {
        Self { merge: Merge::Unique(key), ..self }
    }

    /// Merged in this way.
    pub(super) const fn merged(self, merge: Merge) -> Self {
        Self { merge, ..self }
    }

    /// A value that says nothing is printed.
    pub(super) const fn printed(self) -> Self {
        Self { empty: Empty::Printed, ..self }
    }

    /// The value is not printed.
    pub(super) const fn hidden(self) -> Self {
        Self { empty: Empty::Hidden, ..self }
    }

    /// The key must be there.
    pub(super) const fn required(self) -> Self {
        Self { required: true, ..self }
    }
}
