use super::*;
use maestro_core::fault::ConnectionFault;

fn login() -> SshLogin {
    SshLogin { user: Some("ops".into()), host: "ship".into(), port: Some(2222), key: None }
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
    let unloadable =
        |key: &str, words: &str| LoginRefusal::Unloadable { key: key.to_owned(), words: words.to_owned() };
    let too_open = |mode: Option<&str>| LoginRefusal::TooOpen { key: file(), mode: mode.map(str::to_owned) };
    let not_signed = |words: &str| LoginRefusal::NotSigned { key: file(), words: words.to_owned() };
    let offered = format!("debug1: Offering public key: {key}\r\n");
    let accepted = format!("{offered}debug1: Server accepts key: {key}\r\n");
    let unprotected = "@         WARNING: UNPROTECTED PRIVATE KEY FILE!          @\r\n\
                       Permissions 0644 for '/home/me/my keys/id' are too open.\r\n\
                       It is required that your private key files are NOT accessible by others.\r\n\
                       This private key will be ignored.\r\n";
    let load = |words: &str| format!("Load key \"/home/me/my keys/id\": {words}\r\n");
    let sign = |words: &str| {
        format!(
            "{accepted}sign_and_send_pubkey: signing failed for ED25519 \"/home/me/my keys/id\" from agent: {words}\r\n"
        )
    };
    for (said, reason) in [
        (offered.clone(), LoginRefusal::NoneAccepted(vec![file()])),
        (accepted.clone(), LoginRefusal::Locked(file())),
        (
            format!("{accepted}{}", load("incorrect passphrase supplied to decrypt private key")),
            LoginRefusal::Locked(file()),
        ),
        // With the public key beside it, the server accepts a key that cannot be read.
        (format!("{accepted}{unprotected}{}", load("bad permissions")), too_open(Some("0644"))),
        (format!("{unprotected}{}", load("bad permissions")), too_open(Some("0644"))),
        (format!("{accepted}{}", load("bad permissions")), too_open(None)),
        (load("bad permissions"), too_open(None)),
        (
            format!("{accepted}{}", load("Permission denied")),
            unloadable("/home/me/my keys/id", "Permission denied"),
        ),
        (load("invalid format"), unloadable("/home/me/my keys/id", "invalid format")),
        ("Load key \"/k\": error in libcrypto\r\n".to_owned(), unloadable("/k", "error in libcrypto")),
        (
            "Warning: Identity file /nope not accessible: No such file or directory.\r\n".to_owned(),
            LoginRefusal::Missing("/nope".to_owned()),
        ),
        (
            "no such identity: /nope: No such file or directory\r\n".to_owned(),
            LoginRefusal::Missing("/nope".to_owned()),
        ),
        (sign("agent refused operation"), not_signed("agent refused operation")),
        (sign("device not found"), not_signed("device not found")),
        (
            format!("{offered}debug1: send_pubkey_test: no mutual signature algorithm\r\n"),
            LoginRefusal::OldSignature(file()),
        ),
        (String::new(), LoginRefusal::NoneAccepted(Vec::new())),
    ] {
        let fault = LoginFault::Refused { user: "ops".to_owned(), reason };
        assert_eq!(told(&format!("{said}{denied}")), fault, "{said}");
    }
    let reason = LoginRefusal::OtherMethods("password,keyboard-interactive".to_owned());
    let fault = LoginFault::Refused { user: "ops".to_owned(), reason };
    assert_eq!(told("ops@ship: Permission denied (password,keyboard-interactive).\r\n"), fault);
}

#[test]
fn a_login_that_ends_before_the_user_is_named_is_told() {
    let hung_up = |words: &str| LoginFault::ServerHungUp(words.to_owned());
    let common = |what: &str, offer: &str| LoginFault::NothingInCommon {
        what: what.to_owned(),
        offer: offer.to_owned(),
    };
    let configuration = |words: &str| LoginFault::Configuration(words.to_owned());
    for (said, fault) in [
        ("Received disconnect from 10.0.0.5 port 22:2: Too many authentication failures\r\nDisconnected from 10.0.0.5 port 22\r\n", LoginFault::TooManyKeys),
        ("Received disconnect from 10.0.0.5 port 22:11: Maintenance until noon\r\n", LoginFault::Disconnected("Maintenance until noon".into())),
        ("Unable to negotiate with 10.0.0.5 port 22: no matching host key type found. Their offer: ssh-rsa,ssh-dss\r\n", common("host key type", "ssh-rsa,ssh-dss")),
        ("Unable to negotiate with 10.0.0.5 port 22: no matching key exchange method found. Their offer: diffie-hellman-group1-sha1\r\n", common("key exchange method", "diffie-hellman-group1-sha1")),
        ("Unable to negotiate with 10.0.0.5 port 22: no matching cipher found. Their offer: 3des-cbc\r\n", common("cipher", "3des-cbc")),
        ("kex_exchange_identification: banner line contains invalid characters\r\nbanner exchange: Connection to 10.0.0.5 port 80: invalid format\r\n", LoginFault::NotSsh("kex_exchange_identification: banner line contains invalid characters".into())),
        ("kex_exchange_identification: read: Connection reset by peer\r\nConnection reset by 10.0.0.5 port 22\r\n", hung_up("read: Connection reset by peer")),
        ("ssh_exchange_identification: Connection closed by remote host\r\n", hung_up("Connection closed by remote host")),
        ("Connection closed by 10.0.0.5 port 22\r\n", hung_up("Connection closed by 10.0.0.5 port 22")),
        ("Connection reset by 10.0.0.5 port 22\r\n", hung_up("Connection reset by 10.0.0.5 port 22")),
        ("Timeout, server 10.0.0.5 not responding.\r\n", LoginFault::ServerSilent),
        ("Certificate invalid: name is not a listed principal\r\n", LoginFault::HostCertificate("name is not a listed principal".into())),
        ("/home/me/.ssh/config: line 3: Bad configuration option: colour\r\n/home/me/.ssh/config: terminating, 1 bad configuration options\r\n", configuration("/home/me/.ssh/config: line 3: Bad configuration option: colour")),
        ("/home/me/.ssh/config line 4: missing argument.\r\n", configuration("/home/me/.ssh/config line 4: missing argument.")),
        ("/home/me/.ssh/config line 9: Bad SSH2 cipher spec 'x'.\r\n", configuration("/home/me/.ssh/config line 9: Bad SSH2 cipher spec 'x'.")),
        ("Can't open user config file /nope: No such file or directory\r\n", configuration("Can't open user config file /nope: No such file or directory")),
        ("Bad owner or permissions on /home/me/.ssh/config\r\n", LoginFault::ConfigurationOpen("/home/me/.ssh/config".into())),
        ("No user exists for uid 1000\r\n", LoginFault::Other(Some("No user exists for uid 1000".into()))),
        ("unix_listener: path \"/tmp/x\" too long for Unix domain socket\r\n", LoginFault::Other(Some("unix_listener: path \"/tmp/x\" too long for Unix domain socket".into()))),
        ("ssh_dispatch_run_fatal: Connection to 10.0.0.5 port 22: message authentication code incorrect\r\n", LoginFault::Other(Some("ssh_dispatch_run_fatal: Connection to 10.0.0.5 port 22: message authentication code incorrect".into()))),
        ("", LoginFault::Other(None)),
    ] {
        assert_eq!(told(said), fault);
    }
}

#[test]
fn a_jump_host_that_fails_is_told_as_that() {
    let executing = "debug1: Executing proxy command: exec ssh -l ops -W '[ship]:22' bastion\r\n";
    let end = "kex_exchange_identification: Connection closed by remote host\r\nConnection closed by UNKNOWN port 65535\r\n";
    let proxy = |words: Option<&str>| LoginFault::Proxy {
        command: "ssh -l ops -W '[ship]:22' bastion".to_owned(),
        words: words.map(str::to_owned),
    };
    for words in [
        "ssh: connect to host bastion port 22: Connection refused",
        "ssh: Could not resolve hostname bastion: Name or service not known",
        "ops@bastion: Permission denied (publickey).",
        "Host key verification failed.",
        "channel 0: open failed: connect failed: Connection refused",
        "/bin/sh: 1: nc: not found",
    ] {
        assert_eq!(
            told(&format!("{words}\r\nstdio forwarding failed\r\n{executing}{end}")),
            proxy(Some(words))
        );
    }
    assert_eq!(told(&format!("{executing}{end}")), proxy(None));
    // Behind a jump host that works, the host itself is the cause.
    let version = "debug1: Remote protocol version 2.0, remote software version OpenSSH_9.2p1\r\n";
    let denied = "ops@ship: Permission denied (publickey).\r\n";
    assert!(matches!(told(&format!("{executing}{version}{denied}")), LoginFault::Refused { .. }));
}

proptest::proptest! {
    #[test]
    fn whatever_ssh_says_has_a_cause(said in "(debug1: [a-z ]*|[A-Za-z0-9:'\"/. ]{0,40}|Permissions |Load key \"|no such identity: |Received disconnect from |: no matching | line 3: |\n){0,12}") {
        not_logged_in(&login(), &said);
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
            LoginFault::ServerTimeout(place()),
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
        (broken, LoginFault::Configuration(broken.to_owned())),
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
    for said in [
        "sh: 1: docker: not found",
        "bash: line 1: docker: command not found",
        "zsh:1: command not found: docker",
        "fish: Unknown command: docker",
        "ash: docker: not found",
        "'docker' is not recognized as an internal or external command,\r\noperable program or batch file.",
    ] {
        assert_eq!(session_failed(&socket, said), TunnelFault::NoDockerCommand, "{said}");
    }
    for said in [
        "permission denied while trying to connect to the Docker daemon socket at unix:///run/d.sock: dial unix: …",
        "Got permission denied while trying to connect to the Docker daemon socket",
        "dial unix /run/d.sock: connect: permission denied",
    ] {
        assert_eq!(session_failed(&socket, said), TunnelFault::NotPermitted("/run/d.sock".into()), "{said}");
    }
    let none = "dial unix /run/d.sock: connect: no such file or directory";
    assert_eq!(session_failed(&socket, none), TunnelFault::NoSocket("/run/d.sock".into()));
    for (said, words) in [
        (
            "unknown command: docker system dial-stdio\n\nSee 'docker system --help'\n",
            "unknown command: docker system dial-stdio",
        ),
        ("context \"x\" not found", "context \"x\" not found"),
    ] {
        assert_eq!(session_failed(&socket, said), TunnelFault::DockerCommand(Some(words.to_owned())));
    }
    assert_eq!(session_failed(&socket, "Cannot connect to the Docker daemon at …"), unreachable());
    assert_eq!(session_failed(&socket, ""), TunnelFault::DockerCommand(None));
}

#[test]
fn a_port_that_dockers_command_does_not_reach_is_told_with_its_last_words() {
    for (said, why) in [
        (
            "failed to open the raw stream connection: dial tcp 172.18.0.2:9: connect: connection refused\n",
            Some("connection refused"),
        ),
        ("dial tcp 172.18.0.9:80: connect: no route to host", Some("no route to host")),
        ("unknown flag: -H\nSee 'docker --help'.\n", Some("unknown flag: -H")),
        ("", None),
    ] {
        assert_eq!(port_failed(said).as_deref(), why, "{said}");
    }
}
