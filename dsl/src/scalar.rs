//! The small values of the language: how they are written, compared and shown.

use std::cmp::Ordering;
use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;
use std::time::Duration;

use ipnet::Ipv4Net;

/// A text that is not what it should be: one sentence without the text itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ScalarError(pub String);

fn wrong<T>(what: impl Into<String>) -> Result<T, ScalarError> {
    Err(ScalarError(what.into()))
}

/// A number: whole as long as it can be, so that ids and byte counts of a system come back unchanged.
#[derive(Debug, Clone, Copy)]
pub enum Number {
    /// A whole number.
    Int(i64),
    /// Any other.
    Float(f64),
}

impl Number {
    /// As a float; whole numbers beyond 2^53 lose their last digits.
    #[expect(clippy::cast_precision_loss, reason = "said in the documentation")]
    pub fn as_f64(self) -> f64 {
        match self {
            Number::Int(n) => n as f64,
            Number::Float(n) => n,
        }
    }

    /// As a whole number, when it is one.
    pub fn as_i64(self) -> Option<i64> {
        match self {
            Number::Int(n) => Some(n),
            Number::Float(_) => None,
        }
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.partial_cmp(other) == Some(Ordering::Equal)
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Number::Int(a), Number::Int(b)) => Some(a.cmp(b)),
            (a, b) => a.as_f64().partial_cmp(&b.as_f64()),
        }
    }
}

impl FromStr for Number {
    type Err = ScalarError;

    fn from_str(text: &str) -> Result<Self, ScalarError> {
        if let Ok(n) = text.parse() {
            return Ok(Number::Int(n));
        }
        match text.parse::<f64>() {
            Ok(n) if n.is_finite() => Ok(Number::Float(n)),
            _ => wrong("not a number"),
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Number::Int(n) => n.fmt(f),
            Number::Float(n) => n.fmt(f),
        }
    }
}

/// A version of two or more numbers; what follows them (`-24105789`) is kept as evidence and not compared.
#[derive(Debug, Clone)]
pub struct Version {
    numbers: Vec<u64>,
    suffix: String,
}

impl FromStr for Version {
    type Err = ScalarError;

    fn from_str(text: &str) -> Result<Self, ScalarError> {
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (numbers, suffix) = text.split_at(end);
        let numbers: Result<Vec<u64>, _> = numbers.split('.').map(str::parse).collect();
        match numbers {
            Ok(numbers) if numbers.len() >= 2 => Ok(Version { numbers, suffix: suffix.to_owned() }),
            _ => wrong("a version is written like 4.3.0"),
        }
    }
}

impl Version {
    /// The number at a place, counted from 0; a place that is not written counts as 0.
    pub fn part(&self, at: usize) -> i64 {
        self.numbers.get(at).and_then(|n| i64::try_from(*n).ok()).unwrap_or(0)
    }

    fn significant(&self) -> &[u64] {
        let used = self.numbers.iter().rposition(|n| *n != 0).map_or(0, |last| last + 1);
        self.numbers.get(..used).unwrap_or_default()
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Version {}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        self.significant().cmp(other.significant())
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, n) in self.numbers.iter().enumerate() {
            write!(f, "{}{n}", if i == 0 { "" } else { "." })?;
        }
        f.write_str(&self.suffix)
    }
}

/// A network: its host bits are zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cidr(Ipv4Net);

impl Cidr {
    /// Takes an address with its prefix as a network; the error says which network it is in.
    pub fn new(prefix: Ipv4Net) -> Result<Self, ScalarError> {
        if prefix.addr() == prefix.network() {
            return Ok(Cidr(prefix));
        }
        wrong(format!(
            "{prefix} is not a network: its last {} bits are not zero; the network is {}",
            32 - prefix.prefix_len(),
            prefix.trunc()
        ))
    }

    /// As an address with its prefix.
    pub fn net(self) -> Ipv4Net {
        self.0
    }
}

impl FromStr for Cidr {
    type Err = ScalarError;

    fn from_str(text: &str) -> Result<Self, ScalarError> {
        Cidr::new(parse_prefix(text)?)
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An address with its prefix, as a gateway has it: neither the network's nor the broadcast address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IfAddr(Ipv4Net);

impl IfAddr {
    /// Takes an address with its prefix as that of an interface; /31 and /32 have no network or broadcast address.
    pub fn new(prefix: Ipv4Net) -> Result<Self, ScalarError> {
        let hosts = prefix.hosts();
        let example = hosts.clone().next().unwrap_or(prefix.addr());
        let name = match prefix.addr() {
            a if prefix.prefix_len() == 0 => {
                return wrong(format!(
                    "{prefix} is an address in no network; a gateway is written like {a}/24"
                ));
            }
            _ if prefix.prefix_len() >= 31 => return Ok(IfAddr(prefix)),
            a if a == prefix.network() => "network",
            a if a == prefix.broadcast() => "broadcast",
            _ => return Ok(IfAddr(prefix)),
        };
        wrong(format!(
            "{prefix} is the {name} address of {}, not an address in it; a gateway is written like {example}/{}",
            prefix.trunc(),
            prefix.prefix_len()
        ))
    }

    /// As an address with its prefix.
    pub fn net(self) -> Ipv4Net {
        self.0
    }
}

impl FromStr for IfAddr {
    type Err = ScalarError;

    fn from_str(text: &str) -> Result<Self, ScalarError> {
        IfAddr::new(parse_prefix(text)?)
    }
}

impl fmt::Display for IfAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Reads `10.20.30.1/24`.
pub fn parse_prefix(text: &str) -> Result<Ipv4Net, ScalarError> {
    let Some((address, length)) = text.split_once('/') else {
        return match text.parse::<Ipv4Addr>() {
            Ok(_) => wrong(format!("{text} lacks the length of its prefix, as in {text}/24")),
            Err(_) => wrong(format!("{text} is no address with its prefix, like 10.20.30.1/24")),
        };
    };
    let address: Ipv4Addr = match address.parse() {
        Ok(address) => address,
        Err(_) => return wrong(format!("{address} is not an IPv4 address")),
    };
    match length.parse().ok().and_then(|n| Ipv4Net::new(address, n).ok()) {
        Some(net) => Ok(net),
        None => match length.parse().ok().and_then(|mask| Ipv4Net::with_netmask(address, mask).ok()) {
            Some(net) => wrong(format!("a network is written with the length of its prefix, as in {net}")),
            None => wrong(format!("/{length} is not a prefix length; it goes from /0 to /32")),
        },
    }
}

/// So many of a hundred.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Percent(pub f64);

impl FromStr for Percent {
    type Err = ScalarError;

    fn from_str(text: &str) -> Result<Self, ScalarError> {
        match text.strip_suffix('%').and_then(|n| n.parse::<f64>().ok()) {
            Some(n) if (0.0..=100.0).contains(&n) => Ok(Percent(n)),
            _ => wrong("a percentage is written like 5% and lies between 0% and 100%"),
        }
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", self.0)
    }
}

/// A number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Size(pub u64);

/// Units of [`Size`], largest first so that a value is shown in the largest that divides it.
const SIZE_UNITS: [(&str, u64); 9] = [
    ("TiB", 1 << 40),
    ("TB", 1_000_000_000_000),
    ("GiB", 1 << 30),
    ("GB", 1_000_000_000),
    ("MiB", 1 << 20),
    ("MB", 1_000_000),
    ("KiB", 1 << 10),
    ("KB", 1_000),
    ("B", 1),
];

impl FromStr for Size {
    type Err = ScalarError;

    fn from_str(text: &str) -> Result<Self, ScalarError> {
        let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        let factor = SIZE_UNITS.iter().find(|(name, _)| *name == unit).map(|(_, factor)| *factor);
        match number.parse::<u64>().ok().zip(factor).and_then(|(n, factor)| n.checked_mul(factor)) {
            Some(bytes) => Ok(Size(bytes)),
            None => wrong("a size is written like 20GiB or 500MB"),
        }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fits = |(_, factor): &&(&str, u64)| self.0 >= *factor && self.0.is_multiple_of(*factor);
        let (name, factor) = SIZE_UNITS.iter().find(fits).copied().unwrap_or(("B", 1));
        write!(f, "{}{name}", self.0 / factor)
    }
}

/// Units of a duration, largest first: the order in which they are written.
const DURATION_UNITS: [(&str, u64); 5] =
    [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// Reads `90s`, `5m`, `1h30m`, `250ms`; each unit at most once, largest first.
pub fn parse_duration(text: &str) -> Result<Duration, ScalarError> {
    let hint = "a duration is written like 90s, 5m or 1h30m (m is minutes)";
    let (mut rest, mut total, mut allowed) = (text, 0_u64, DURATION_UNITS.as_slice());
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (number, after) = rest.split_at(digits);
        let unit_end = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_end);
        let Some(at) = allowed.iter().position(|(name, _)| *name == unit) else { return wrong(hint) };
        let (Ok(number), Some((_, factor))) = (number.parse::<u64>(), allowed.get(at)) else {
            return wrong(hint);
        };
        let Some(sum) = number.checked_mul(*factor).and_then(|n| total.checked_add(n)) else {
            return wrong("the duration is too long");
        };
        (rest, total, allowed) = (after, sum, allowed.get(at + 1..).unwrap_or_default());
    }
    if text.is_empty() { wrong(hint) } else { Ok(Duration::from_millis(total)) }
}

/// Writes a duration as it is read: `1h30m`. What is shorter than a millisecond is left out.
pub fn format_duration(duration: Duration) -> String {
    let mut rest = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let mut text = String::new();
    for (unit, factor) in DURATION_UNITS {
        if rest >= factor {
            text.push_str(&format!("{}{unit}", rest / factor));
            rest %= factor;
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_number_and_ignore_builds() {
        let version = |text: &str| text.parse::<Version>().unwrap();
        assert!(version("4.10.0") > version("4.9.0"));
        assert_eq!(version("4.3"), version("4.3.0"));
        assert_eq!(version("4.11.1-24105789"), version("4.11.1"));
        assert_eq!(version("4.11.1-24105789").to_string(), "4.11.1-24105789");
        assert!("4".parse::<Version>().is_err());
    }

    #[test]
    fn a_network_is_not_a_gateway() {
        assert_eq!(
            "10.20.30.5/24".parse::<Cidr>().unwrap_err().to_string(),
            "10.20.30.5/24 is not a network: its last 8 bits are not zero; the network is 10.20.30.0/24"
        );
        assert_eq!(
            "10.20.30.0/24".parse::<IfAddr>().unwrap_err().to_string(),
            "10.20.30.0/24 is the network address of 10.20.30.0/24, not an address in it; a gateway is written like 10.20.30.1/24"
        );
        assert!("10.20.30.255/24".parse::<IfAddr>().is_err());
        assert!("10.20.30.1/24".parse::<IfAddr>().is_ok());
        assert!("10.20.30.1/33".parse::<IfAddr>().is_err());
        assert!("10.20.30.1/0".parse::<IfAddr>().is_err());
    }

    #[test]
    fn durations_and_sizes_are_shown_as_they_are_written() {
        for text in ["90s", "1h30m", "250ms", "2d", "1m30s"] {
            let parsed = parse_duration(text).unwrap();
            assert_eq!(parse_duration(&format_duration(parsed)).unwrap(), parsed);
        }
        assert_eq!(format_duration(Duration::from_secs(90)), "1m30s");
        for text in ["", "5", "5min", "30m1h", "1h1h"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
        assert_eq!("20GiB".parse::<Size>().unwrap().to_string(), "20GiB");
        assert_eq!("500MB".parse::<Size>().unwrap().to_string(), "500MB");
        assert!("5".parse::<Size>().is_err());
    }
}
