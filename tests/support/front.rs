//! A port of 127.0.0.1 in front of an engine's socket: plain, or with mutual TLS.

use std::{fs, path::Path, sync::Arc, thread};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::{
    RootCertStore, ServerConfig, crypto::ring::default_provider, pki_types::PrivateKeyDer,
    server::WebPkiClientVerifier,
};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, UnixStream},
};
use tokio_rustls::TlsAcceptor;

/// Opens a plain port that lasts as long as the test program.
pub fn plain(socket: &Path) -> u16 {
    serve(socket, None)
}

/// Opens a port with TLS that wants client certificates. Writes `ca.pem`, `cert.pem` and `key.pem` for its clients.
pub fn tls(socket: &Path, folder: &Path) -> u16 {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.distinguished_name.push(DnType::CommonName, "Harbour");
    let key = KeyPair::generate().unwrap();
    let certificate = authority.self_signed(&key).unwrap();
    let issuer = Issuer::new(authority, key);
    let signed = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let key = KeyPair::generate().unwrap();
        (CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap(), key)
    };
    let (client, client_key) = signed(&[]);
    fs::write(folder.join("ca.pem"), certificate.pem()).unwrap();
    fs::write(folder.join("cert.pem"), client.pem()).unwrap();
    fs::write(folder.join("key.pem"), client_key.serialize_pem()).unwrap();
    let (server, server_key) = signed(&["127.0.0.1", "localhost"]);
    let mut roots = RootCertStore::empty();
    roots.add(certificate.der().clone()).unwrap();
    let provider = Arc::new(default_provider());
    let clients =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build().unwrap();
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(clients)
        .with_single_cert(vec![server.der().clone()], PrivateKeyDer::Pkcs8(server_key.serialize_der().into()))
        .unwrap();
    serve(socket, Some(TlsAcceptor::from(Arc::new(config))))
}

fn serve(socket: &Path, acceptor: Option<TlsAcceptor>) -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    listener.set_nonblocking(true).unwrap();
    let socket = socket.to_owned();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let listener = TcpListener::from_std(listener).unwrap();
            while let Ok((mut client, _)) = listener.accept().await {
                let (socket, acceptor) = (socket.clone(), acceptor.clone());
                tokio::spawn(async move {
                    let mut engine = UnixStream::connect(socket).await?;
                    match acceptor {
                        None => copy_bidirectional(&mut client, &mut engine).await,
                        Some(acceptor) => {
                            copy_bidirectional(&mut acceptor.accept(client).await?, &mut engine).await
                        }
                    }
                });
            }
        });
    });
    port
}
