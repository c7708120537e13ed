//! Numbers that are no port, and the ports that are meant by them.

/// What is wrong with the numbers of a text, with a `:` between them.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum PortSlip<'t> {
    /// There are three, each a port.
    Three([&'t str; 3]),
    /// One is below 0 or a fraction: it, why it is none, and all of them as they are right, at least one.
    Number { side: &'t str, why: &'static str, right: Vec<String> },
}

impl<'t> PortSlip<'t> {
    /// None if the numbers are ports, or nothing says what is meant.
    pub(crate) fn of(text: &'t str) -> Option<Self> {
        let sides: Vec<&str> = text.split(':').collect();
        if let [first, second, third] = sides[..]
            && sides.iter().all(|side| is_port(side))
        {
            return Some(Self::Three([first, second, third]));
        }
        let below = |side: &str| is_port(side.strip_prefix('-')?).then_some("is less than 0");
        let fraction = |side: &str| {
            let (whole, rest) = side.split_once('.')?;
            let is_fraction = is_port(whole) && !rest.is_empty() && rest.bytes().all(|c| c.is_ascii_digit());
            is_fraction.then_some("is not a whole number")
        };
        let (side, why) =
            sides.iter().find_map(|side| Some((*side, below(side).or_else(|| fraction(side))?)))?;
        let right =
            |side: &&str| side.trim_start_matches('-').split('.').next().unwrap_or_default().to_owned();
        let right: Vec<String> = sides.iter().map(right).collect();
        let is_right = right.len() <= 2 && right.iter().all(|side| is_port(side));
        is_right.then_some(Self::Number { side, why, right })
    }
}

/// Whether a text is a number from 1 to 65535, in digits alone.
pub(crate) fn is_port(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && text.parse::<u16>().is_ok_and(|port| port > 0)
}
