//! Gateways and the subnets that they are in.

use std::net::Ipv4Addr;

/// A gateway's address with its netmask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Subnet {
    pub(crate) gateway: Ipv4Addr,
    pub(crate) netmask: Ipv4Addr,
}

impl Subnet {
    /// `10.20.30.1/24`
    pub(crate) fn cidr(text: &str) -> Option<Self> {
        let (gateway, prefix) = text.split_once('/')?;
        let prefix: u32 = prefix.parse().ok().filter(|it| (1..=30).contains(it))?;
        let netmask = Ipv4Addr::from(u32::MAX << (32 - prefix));
        Self { gateway: gateway.parse().ok()?, netmask }.checked()
    }

    /// As the API has them, in two fields.
    pub(crate) fn fields(gateway: &str, netmask: &str) -> Option<Self> {
        Self { gateway: gateway.parse().ok()?, netmask: netmask.parse().ok()? }.checked()
    }

    /// A netmask is ones and then zeros; a gateway is neither the network's nor the broadcast address.
    fn checked(self) -> Option<Self> {
        let (mask, host) = (u32::from(self.netmask), u32::from(self.gateway) & !u32::from(self.netmask));
        let is_mask = mask.leading_ones() + mask.trailing_zeros() == 32;
        (is_mask && host != 0 && host != !mask).then_some(self)
    }

    /// Whether both are in one subnet, and not only in parts of it.
    pub(crate) fn is_same_net(self, other: Self) -> bool {
        self.netmask == other.netmask && self.overlaps(other)
    }

    /// The length of its prefix.
    pub(crate) fn prefix(self) -> u32 {
        u32::from(self.netmask).leading_ones()
    }

    pub(crate) fn overlaps(self, other: Self) -> bool {
        let both = u32::from(self.netmask) & u32::from(other.netmask);
        u32::from(self.gateway) & both == u32::from(other.gateway) & both
    }
}

#[cfg(test)]
mod tests {
    use super::Subnet;

    #[test]
    fn the_very_subnet_is_another_thing_than_one_that_overlaps() {
        let of = |text| Subnet::cidr(text).unwrap();
        let here = of("10.20.30.1/24");
        assert!(here.is_same_net(of("10.20.30.254/24")));
        for inexact in ["10.20.30.1/25", "10.20.0.1/16"] {
            assert!(!here.is_same_net(of(inexact)) && here.overlaps(of(inexact)), "{inexact}");
        }
        assert!(!here.overlaps(of("10.20.31.1/24")));
        assert_eq!(here.prefix(), 24);
    }
}
