use std::{net::Ipv4Addr, time::Duration};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    date_time_ymd,
};
use rustls::{
    RootCertStore, ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer},
    server::WebPkiClientVerifier,
};

use super::*;
use crate::{
    Containers as _,
    docker::Docker,
    scripted::{Scripted, json, pong},
    transport::tcp::PlainTcp,
};
use maestro_core::endpoint::tls::{Certificate, PrivateKey, Trust};
use maestro_endpoint::pem;

const TIMEOUT: Duration = Duration::from_secs(20);

/// An authority of that name.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
}

type Pair = (CertificateDer<'static>, PrivateKeyDer<'static>);

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap().der().clone();
        Self { issuer: Issuer::new(params, key), certificate }
    }

    /// A certificate for these names, changed as wanted, and its key.
    fn signs(&self, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Pair {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        (certificate.der().clone(), PrivateKeyDer::Pkcs8(key.serialize_der().into()))
    }

    fn trusted(&self) -> Trust {
        Trust::Authorities(vec![Certificate(self.certificate.to_vec())])
    }

    /// A server's configuration that asks for certificates of this authority's.
    fn asks_clients(
        &self,
        (certificate, key): Pair,
        versions: &[&'static rustls::SupportedProtocolVersion],
    ) -> ServerConfig {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        let provider = Arc::new(default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
            .build()
            .unwrap();
        ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .unwrap()
            .with_client_cert_verifier(verifier)
            .with_single_cert(vec![certificate], key)
            .unwrap()
    }
}

fn serves((certificate, key): Pair) -> ServerConfig {
    ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap()
}

fn an_engine() -> Scripted {
    Scripted::new(|request| if request == "GET /_ping" { pong("1.41") } else { json(200, "[]") })
}

fn identity((certificate, key): Pair) -> Identity {
    pem::identity(vec![Certificate(certificate.to_vec())], PrivateKey(key.secret_der().to_vec())).unwrap()
}

/// What a client of 127.0.0.1 is told, without the port.
async fn told(port: u16, trust: Trust, identity: Option<Identity>) -> String {
    let inner: Arc<dyn Dial> = Arc::new(PlainTcp { host: "127.0.0.1".into(), port });
    let address = format!("https://127.0.0.1:{port}");
    let tls = Tls { trust, identity };
    let dial: Arc<dyn Dial> = match TlsOver::new(inner, address, "127.0.0.1", None, &tls, TIMEOUT) {
        Ok(dial) => Arc::new(dial),
        Err(nowhere) => Arc::new(nowhere),
    };
    let engine = Docker::new(&dial, TIMEOUT, None);
    let said = match engine.containers().await {
        Ok(_) => "it answers".to_owned(),
        Err(error) => format!("{error:?}"),
    };
    said.replace(&format!(":{port}"), ":PORT")
}

/// What is told of a server with this certificate, by one who trusts that.
async fn told_of(pair: Pair, trust: Trust) -> String {
    let port = an_engine().on_tls(serves(pair)).await;
    told(port, trust, None).await
}

#[tokio::test]
async fn a_certificate_of_a_trusted_authority_is_good() {
    let authority = Authority::new("Harbour");
    assert_eq!(told_of(authority.signs(&["127.0.0.1"], |_| {}), authority.trusted()).await, "it answers");
}

#[tokio::test]
async fn a_certificate_for_another_name_tells_its_names() {
    let authority = Authority::new("Harbour");
    let pair = authority.signs(&["docker1.example", "10.0.0.5"], |_| {});
    insta::assert_snapshot!(told_of(pair, authority.trusted()).await, @r#"Unreachable(Connection(Tls(Certificate { address: "https://127.0.0.1:PORT", fault: OtherHosts { host: "127.0.0.1", names: ["docker1.example", "10.0.0.5"] } })))"#);
    let nameless =
        authority.signs(&[], |params| params.distinguished_name.push(DnType::CommonName, "127.0.0.1"));
    insta::assert_snapshot!(told_of(nameless, authority.trusted()).await, @r#"Unreachable(Connection(Tls(Certificate { address: "https://127.0.0.1:PORT", fault: OtherHosts { host: "127.0.0.1", names: [] } })))"#);
}

#[tokio::test]
async fn a_certificate_out_of_its_time_tells_the_date() {
    let authority = Authority::new("Harbour");
    let old = authority.signs(&["127.0.0.1"], |params| params.not_after = date_time_ymd(2020, 2, 29));
    let told = told_of(old, authority.trusted()).await;
    assert!(told.contains("Expired { at: Some(\"2020-02-29 00:00:00 UTC\"), now: Some(\"20"), "{told}");
    let early = authority.signs(&["127.0.0.1"], |params| params.not_before = date_time_ymd(3020, 1, 1));
    let told = told_of(early, authority.trusted()).await;
    assert!(told.contains("NotYetValid { from: Some(\"3020-01-01 00:00:00 UTC\"), now: Some(\"20"), "{told}");
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_tells_which() {
    let (authority, other) = (Authority::new("Harbour"), Authority::new("Other"));
    let pair = authority.signs(&["127.0.0.1"], |_| {});
    insta::assert_snapshot!(told_of(pair, other.trusted()).await, @r#"Unreachable(Connection(Tls(Certificate { address: "https://127.0.0.1:PORT", fault: Untrusted { signer: Authority("CN=Harbour"), reason: NotInFile } })))"#);
    let again = Authority::new("Harbour");
    let pair = authority.signs(&["127.0.0.1"], |_| {});
    insta::assert_snapshot!(told_of(pair, again.trusted()).await, @r#"Unreachable(Connection(Tls(Certificate { address: "https://127.0.0.1:PORT", fault: Untrusted { signer: Authority("CN=Harbour"), reason: OtherKey } })))"#);
    let pair = authority.signs(&["127.0.0.1"], |_| {});
    assert_eq!(told_of(pair, Trust::Anyone).await, "it answers");
    let told = told_of(authority.signs(&["127.0.0.1"], |_| {}), Trust::System).await;
    assert!(told.contains("NotOnMachine") || told.contains("NoAuthorities"), "{told}");
}

#[tokio::test]
async fn a_client_certificate_that_is_missing_or_refused_is_told() {
    for versions in [[&rustls::version::TLS13], [&rustls::version::TLS12]] {
        let (authority, other) = (Authority::new("Harbour"), Authority::new("Other"));
        let config = authority.asks_clients(authority.signs(&["127.0.0.1"], |_| {}), &versions);
        let port = an_engine().on_tls(config).await;
        let good = Some(identity(authority.signs(&[], |_| {})));
        assert_eq!(told(port, authority.trusted(), good).await, "it answers");
        let missing = told(port, authority.trusted(), None).await;
        assert_eq!(
            missing,
            "Unreachable(Connection(Tls(NoClientCertificate { address: \"https://127.0.0.1:PORT\" })))"
        );
        let refused = told(port, authority.trusted(), Some(identity(other.signs(&[], |_| {})))).await;
        assert!(refused.contains("alert: UnknownAuthority"), "{refused}");
        let old = identity(authority.signs(&[], |params| params.not_after = date_time_ymd(2020, 1, 1)));
        let expired = told(port, authority.trusted(), Some(old)).await;
        assert!(expired.contains("alert: Expired"), "{expired}");
    }
}

#[tokio::test]
async fn a_port_that_speaks_no_tls_is_told() {
    let plain = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = plain.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = plain.accept().await {
            tokio::io::AsyncWriteExt::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n").await.ok();
        }
    });
    insta::assert_snapshot!(told(port, Trust::Anyone, None).await, @r#"Unreachable(Connection(Tls(NotSpoken { address: "https://127.0.0.1:PORT", greeting: Some(Protocol { protocol: Some(Http), begins: "HTTP/1.1 400 Bad Request" }) })))"#);
}

#[tokio::test]
async fn a_port_that_hangs_up_or_refuses_is_told() {
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let hanging_up = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::io::AsyncReadExt::read(&mut stream, &mut [0; 4096]).await.ok();
        }
    });
    insta::assert_snapshot!(told(port, Trust::Anyone, None).await, @r#"Unreachable(Connection(Tls(HungUp { address: "https://127.0.0.1:PORT" })))"#);
    hanging_up.abort();
    hanging_up.await.unwrap_err();
    insta::assert_snapshot!(told(port, Trust::Anyone, None).await, @r#"Unreachable(Connection(PortRefused { address: "tcp://127.0.0.1:PORT" }))"#);
}

#[tokio::test(start_paused = true)]
async fn a_port_that_accepts_and_says_nothing_is_told() {
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    insta::assert_snapshot!(told(port, Trust::Anyone, None).await, @r#"Unreachable(Connection(Tls(Timeout { address: "https://127.0.0.1:PORT", within: 10s })))"#);
}

#[tokio::test]
async fn a_name_that_no_certificate_can_have_is_told() {
    let inner: Arc<dyn Dial> = Arc::new(PlainTcp { host: "fe80::1%eth0".into(), port: 1 });
    let tls = Tls { trust: Trust::Anyone, identity: None };
    let nowhere = TlsOver::new(inner, "https://x".into(), "fe80::1%eth0", None, &tls, TIMEOUT).err().unwrap();
    assert_eq!(nowhere.fault, TlsFault::InvalidHost("fe80::1%eth0".to_owned()).into());
}

#[tokio::test]
async fn inside_of_a_tunnel_the_loopback_name_is_good_too() {
    let authority = Authority::new("Harbour");
    let port = an_engine().on_tls(serves(authority.signs(&["localhost"], |_| {}))).await;
    let tls = Tls { trust: authority.trusted(), identity: None };
    let inner: Arc<dyn Dial> = Arc::new(PlainTcp { host: "127.0.0.1".into(), port });
    let over =
        TlsOver::new(inner, "https://ship".into(), "ship", Some("localhost"), &tls, TIMEOUT).ok().unwrap();
    assert!(over.dial().await.is_ok());
}

#[test]
fn what_is_printed_of_an_identity_has_no_key() {
    let (certificate, key) = Authority::new("Harbour").signs(&[], |_| {});
    let secret = key.secret_der().to_vec();
    let printed = format!("{:?}", identity((certificate, key)));
    // Bytes are printed as numbers.
    let numbers: Vec<String> = secret[secret.len() - 40..].iter().map(u8::to_string).collect();
    assert!(!printed.contains(&numbers.join(", ")), "{printed}");
}
