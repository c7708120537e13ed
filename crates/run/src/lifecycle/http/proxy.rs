//! Which proxy a check's request goes through: one of its own options, or of this program's environment.

use reqwest::Url;

use maestro_core::{model::check::HttpCheck, value::check::ProxyFor};

/// The host and port of the proxy; none if there is none, or that cannot be known.
pub(super) fn of(check: &HttpCheck, url: &Url, variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    let own = check.options.proxies.iter().find(|(whom, _)| match whom {
        ProxyFor::Http => url.scheme() == "http",
        ProxyFor::Https => url.scheme() == "https",
        ProxyFor::All => true,
    });
    if let Some((_, address)) = own {
        return host(address);
    }
    let lower = format!("{}_proxy", url.scheme());
    let names = [lower.to_uppercase(), lower, "ALL_PROXY".to_owned(), "all_proxy".to_owned()];
    let address = names.iter().filter_map(|name| variable(name)).find(|address| !address.is_empty())?;
    let exceptions = variable("NO_PROXY").or_else(|| variable("no_proxy")).unwrap_or_default();
    let target = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let excepted = exceptions.split(',').map(str::trim).filter(|one| !one.is_empty()).any(|one| {
        let name = one.trim_start_matches('.');
        // Ranges of addresses are not looked into.
        one == "*" || one.contains('/') || target == name || target.ends_with(&format!(".{name}"))
    });
    if excepted { None } else { host(&address) }
}

/// Without what may be a password.
fn host(address: &str) -> Option<String> {
    let address = if address.contains("://") { address.to_owned() } else { format!("http://{address}") };
    let url = Url::parse(&address).ok()?;
    Some(match url.port() {
        Some(port) => format!("{}:{port}", url.host_str()?),
        None => url.host_str()?.to_owned(),
    })
}
