use super::*;
use maestro_core::fault::ConnectionFault;

fn login() -> Login {
    Login { user: Some("ops".into()), host: "ship".into(), port: Some(2222), key: None }
}

/// What is made of what OpenSSH 9.2 said, with noise as it comes.
fn told(said: &str) -> LoginFault {
    let noise = "OpenSSH_9.2p1 Debian-2+deb12u10, OpenSSL 3.0.22 25 Aug 2026\r\n\
                 debug1: Reading configuration data /etc/ssh/ssh_config\r\n\
                 debug1: Connecting to 10.0.0.5 [10.0.0.5] port 2222.\r\n";
    match not_logged_in(&login(), &format!("{noise}{said}")).fault {
        ConnectionFault::Ssh(fault) => match *fault {
            SshFault::Login { login, command, fault } => {
                let way = ("ssh://ops@ship:2222", "ssh -p 2222 ops@ship");
                assert_eq!((login.as_str(), command.as_str()), way);
                fault
            }
            SshFault::Tunnel { .. } => panic!("the login works"),
        },
        other => panic!("{other:?}"),
    }
}

fn key() -> String {
    "ed25519 SHA256:PN5IWys4IEELdpmDGbGc16kPXamAcDnt59gd8bO8Zyo".to_owned()
}

#[test]
fn an_unknown_host_key_is_told_with_how_to_store_it() {
    let fault = told(
        "debug1: Server host key: ssh-ed25519 SHA256:PN5IWys4IEELdpmDGbGc16kPXamAcDnt59gd8bO8Zyo\r\n\
         debug1: checking without port identifier\r\n\
         No ED25519 host key is known for [10.0.0.5]:2222 and you have requested strict checking.\r\n\
         Host key verification failed.\r\n",
    );
    let scan = "ssh-keyscan -p 2222 10.0.0.5 >> ~/.ssh/known_hosts".to_owned();
    assert_eq!(fault, LoginFault::KeyUnknown { key: Some(key()), scan });
}

#[test]
fn a_changed_host_key_names_the_line_that_has_another() {
    let fault = told(
        "debug1: Server host key: ssh-ed25519 SHA256:PN5IWys4IEELdpmDGbGc16kPXamAcDnt59gd8bO8Zyo\r\n\
         @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\r\n\
         @    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\r\n\
         @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\r\n\
         The fingerprint for the ED25519 key sent by the remote host is\r\n\
         SHA256:PN5IWys4IEELdpmDGbGc16kPXamAcDnt59gd8bO8Zyo.\r\n\
         Add correct host key in /home/me/.ssh/known_hosts to get rid of this message.\r\n\
         Offending ED25519 key in /home/me/.ssh/known_hosts:3\r\n  remove with:\r\n\
         \x20 ssh-keygen -f \"/home/me/.ssh/known_hosts\" -R \"[10.0.0.5]:2222\"\r\n\
         Host key for [10.0.0.5]:2222 has changed and you have requested strict checking.\r\n\
         Host key verification failed.\r\n",
    );
    let known = Some(KnownKey { file: "/home/me/.ssh/known_hosts".into(), line: "3".into() });
    let remove = "ssh-keygen -f /home/me/.ssh/known_hosts -R '[10.0.0.5]:2222'".to_owned();
    assert_eq!(fault, LoginFault::KeyChanged { key: Some(key()), known, remove });
}

#[test]
fn a_refused_user_is_told_with_the_keys_that_were_tried() {
    let denied =
        "debug1: No more authentication methods to try.\r\nops@ship: Permission denied (publickey).\r\n";
    let key = "/home/me/my keys/id ED25519 SHA256:j9F96x869MiebuAMIRTC5oxH2Y/Km39wyypZR4mT4aY explicit";
    let file = || "/home/me/my keys/id".to_owned();
    let unloadable = |words: &str, is_readable_by_others| LoginRefusal::Unloadable {
        words: words.to_owned(),
        is_readable_by_others,
    };
    for (said, reason) in [
        (format!("debug1: Offering public key: {key}\r\n"), LoginRefusal::NoneAccepted(vec![file()])),
        (
            format!("debug1: Offering public key: {key}\r\ndebug1: Server accepts key: {key}\r\n"),
            LoginRefusal::Locked(file()),
        ),
        ("Load key \"/k\": bad permissions\r\n".to_owned(), unloadable("\"/k\": bad permissions", true)),
        (
            "Load key \"/k\": error in libcrypto\r\n".to_owned(),
            unloadable("\"/k\": error in libcrypto", false),
        ),
        (String::new(), LoginRefusal::NoneAccepted(Vec::new())),
    ] {
        let fault = LoginFault::Refused { user: "ops".to_owned(), reason };
        assert_eq!(told(&format!("{said}{denied}")), fault);
    }
}

#[test]
fn a_machine_that_is_not_reached_is_told() {
    let place = || "10.0.0.5 port 2222".to_owned();
    let unreachable = |words: &str| LoginFault::ServerUnreachable { place: place(), words: words.to_owned() };
    let words = "Name or service not known".to_owned();
    let broken = "/home/me/.ssh/config: line 3: Bad configuration option: colour";
    for (said, fault) in [
        (
            "ssh: connect to host 10.0.0.5 port 2222: Connection refused\r\n",
            LoginFault::ServerRefused(place()),
        ),
        (
            "ssh: connect to host 10.0.0.5 port 2222: Connection timed out\r\n",
            unreachable("Connection timed out"),
        ),
        ("ssh: connect to host 10.0.0.5 port 2222: No route to host\r\n", unreachable("No route to host")),
        (
            "ssh: Could not resolve hostname ship: Name or service not known\r\n",
            LoginFault::Unresolved { host: "ship".to_owned(), words },
        ),
        (
            "Connection timed out during banner exchange\r\nConnection to 10.0.0.5 port 2222 timed out\r\n",
            LoginFault::ServerSilent,
        ),
        (
            "kex_exchange_identification: Connection closed by remote host\r\nConnection closed by 10.0.0.5\r\n",
            LoginFault::ServerHungUp("Connection closed by remote host".to_owned()),
        ),
        (broken, LoginFault::Other(Some(broken.to_owned()))),
    ] {
        assert_eq!(told(said), fault);
    }
    assert!(not_logged_in(&login(), "ssh: connect to host a port 22: Connection refused").refused);
}

#[test]
fn what_the_server_did_not_open_is_told() {
    let log = "debug1: channel 1: new\r\nchannel 2: open failed: connect failed: Connection refused\r\n\
               channel 3: open failed: administratively prohibited: open failed\r\n";
    let whys = ["connect failed: Connection refused", "administratively prohibited: open failed"];
    assert_eq!(failures(log).collect::<Vec<_>>(), whys);
    let (port, socket) = (Remote::Port(4243), Remote::Socket("/run/d.sock".into()));
    let unreachable = || TunnelFault::SocketUnreachable("/run/d.sock".to_owned());
    assert_eq!(not_opened(&port, whys[0]), TunnelFault::PortRefused(4243));
    let words = whys[1].to_owned();
    assert_eq!(not_opened(&port, whys[1]), TunnelFault::PortUnreachable { port: 4243, words });
    assert_eq!(not_opened(&socket, "connect failed: open failed"), unreachable());
    assert_eq!(session_failed(&socket, "sh: 1: docker: not found"), TunnelFault::NoDockerCommand);
    assert_eq!(session_failed(&socket, "Cannot connect to the Docker daemon at …"), unreachable());
    assert_eq!(session_failed(&socket, ""), TunnelFault::DockerCommand(None));
}
