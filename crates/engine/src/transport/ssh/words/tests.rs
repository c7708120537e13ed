use super::*;

fn login() -> Login {
    Login { user: Some("ops".into()), host: "ship".into(), port: Some(2222), key: None }
}

/// What is told of what OpenSSH 9.2 said, with noise as it comes.
fn told(said: &str) -> String {
    let noise = "OpenSSH_9.2p1 Debian-2+deb12u10, OpenSSL 3.0.22 25 Aug 2026\r\n\
                 debug1: Reading configuration data /etc/ssh/ssh_config\r\n\
                 debug1: Connecting to 10.0.0.5 [10.0.0.5] port 2222.\r\n";
    not_logged_in(&login(), &format!("{noise}{said}")).reason
}

#[test]
fn an_unknown_host_key_is_shown_with_what_to_type() {
    insta::assert_snapshot!(told(
        "debug1: Server host key: ssh-ed25519 SHA256:PN5IWys4IEELdpmDGbGc16kPXamAcDnt59gd8bO8Zyo\r\n\
         debug1: checking without port identifier\r\n\
         No ED25519 host key is known for [10.0.0.5]:2222 and you have requested strict checking.\r\n\
         Host key verification failed.\r\n"
    ), @"the host key of ssh://ops@ship:2222 is not known here, so nobody logged in: it sends ed25519 SHA256:PN5IWys4IEELdpmDGbGc16kPXamAcDnt59gd8bO8Zyo; if that is the ship's, type `ssh -p 2222 ops@ship true` and say yes, or `ssh-keyscan -p 2222 10.0.0.5 >> ~/.ssh/known_hosts`");
}

#[test]
fn a_changed_host_key_names_the_line_that_has_another() {
    insta::assert_snapshot!(told(
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
         Host key verification failed.\r\n"
    ), @r"the host key of ssh://ops@ship:2222 has changed, so nobody logged in: it sends ed25519 SHA256:PN5IWys4IEELdpmDGbGc16kPXamAcDnt59gd8bO8Zyo, but line 3 of /home/me/.ssh/known_hosts has another; somebody may stand in between; only if you know that the ship was set up anew, type `ssh-keygen -f /home/me/.ssh/known_hosts -R '[10.0.0.5]:2222'`, then `ssh -p 2222 ops@ship true` to take the new one");
}

#[test]
fn a_refused_user_is_told_with_the_keys_that_were_tried() {
    let denied =
        "debug1: No more authentication methods to try.\r\nops@ship: Permission denied (publickey).\r\n";
    let key = "/home/me/my keys/id ED25519 SHA256:j9F96x869MiebuAMIRTC5oxH2Y/Km39wyypZR4mT4aY explicit";
    insta::assert_snapshot!(told(&format!("debug1: Offering public key: {key}\r\n{denied}")), @"ssh://ops@ship:2222 does not let the user ops in: it accepts none of the keys that were offered: /home/me/my keys/id; `ssh-copy-id -i '/home/me/my keys/id.pub' -p 2222 ops@ship` makes it accept one");
    insta::assert_snapshot!(
        told(&format!("debug1: Offering public key: {key}\r\ndebug1: Server accepts key: {key}\r\n{denied}")), @"ssh://ops@ship:2222 does not let the user ops in yet: it would accept the key /home/me/my keys/id, but that is locked with a passphrase, which nobody is asked for; type `ssh-add '/home/me/my keys/id'` first");
    insta::assert_snapshot!(told(&format!("Load key \"/k\": bad permissions\r\n{denied}")), @r#"ssh://ops@ship:2222 does not let the user ops in: the key "/k": bad permissions; nobody but you may be able to read it: `chmod 600` does that"#);
    insta::assert_snapshot!(told(&format!("Load key \"/k\": error in libcrypto\r\n{denied}")), @r#"ssh://ops@ship:2222 does not let the user ops in: the key "/k": error in libcrypto; is that a private key?"#);
    insta::assert_snapshot!(told(denied), @"ssh://ops@ship:2222 does not let the user ops in: there was no key to offer; `ssh-copy-id -i ~/.ssh/id_ed25519.pub -p 2222 ops@ship` makes it accept one");
}

#[test]
fn a_machine_that_is_not_reached_is_told() {
    insta::assert_snapshot!(told("ssh: connect to host 10.0.0.5 port 2222: Connection refused\r\n"), @"nothing listens on 10.0.0.5 port 2222, where ssh://ops@ship:2222 should be; does an SSH server run there?");
    insta::assert_snapshot!(told("ssh: connect to host 10.0.0.5 port 2222: Connection timed out\r\n"), @"no connection to 10.0.0.5 port 2222 for ssh://ops@ship:2222: Connection timed out");
    insta::assert_snapshot!(told("ssh: connect to host 10.0.0.5 port 2222: No route to host\r\n"), @"no connection to 10.0.0.5 port 2222 for ssh://ops@ship:2222: No route to host");
    insta::assert_snapshot!(told("ssh: Could not resolve hostname ship: Name or service not known\r\n"), @"the host name ship of ssh://ops@ship:2222 cannot be resolved: Name or service not known");
    insta::assert_snapshot!(told("Connection timed out during banner exchange\r\nConnection to 10.0.0.5 port 2222 timed out\r\n"), @"ssh://ops@ship:2222 accepts connections, but no SSH server answers there; does the machine hang?");
    insta::assert_snapshot!(told("kex_exchange_identification: Connection closed by remote host\r\nConnection closed by 10.0.0.5 port 2222\r\n"), @"ssh://ops@ship:2222 hung up before the login (Connection closed by remote host); is that an SSH server, and does it let this machine in?");
    insta::assert_snapshot!(told("/home/me/.ssh/config: line 3: Bad configuration option: colour\r\n"), @"no SSH connection to ssh://ops@ship:2222: /home/me/.ssh/config: line 3: Bad configuration option: colour; `ssh -p 2222 ops@ship true` shows more");
    assert!(not_logged_in(&login(), "ssh: connect to host a port 22: Connection refused").refused);
}

#[test]
fn what_the_server_did_not_open_is_told() {
    let log = "debug1: channel 1: new\r\nchannel 2: open failed: connect failed: Connection refused\r\n\
               channel 3: open failed: administratively prohibited: open failed\r\n";
    let whys = ["connect failed: Connection refused", "administratively prohibited: open failed"];
    assert_eq!(failures(log).collect::<Vec<_>>(), whys);
    let (port, socket) = (Remote::Port(4243), Remote::Socket("/run/d.sock".into()));
    insta::assert_snapshot!(not_opened("ssh://ship", &port, whys[0]), @"the SSH login of ssh://ship works, but nothing listens on the port 4243 there; does Docker run, and listen on it?");
    insta::assert_snapshot!(not_opened("ssh://ship", &port, whys[1]), @"the SSH login of ssh://ship works, but the port 4243 there is not reached: administratively prohibited: open failed");
    insta::assert_snapshot!(not_opened("ssh://ship", &socket, "connect failed: open failed"), @"the SSH login of ssh://ship works, but the socket /run/d.sock there is not reached; does Docker run there?");
    insta::assert_snapshot!(no_socket("ssh://ship", &socket), @"the SSH login of ssh://ship works, but there is no socket /run/d.sock there; does Docker run there?");
    insta::assert_snapshot!(not_allowed("ssh://ship", &socket), @"the SSH login of ssh://ship works, but that user may not use the socket /run/d.sock; on the ship, add the user to the group docker (`sudo usermod -aG docker USER`)");
    insta::assert_snapshot!(session_failed("ssh://ship", &socket, "sh: 1: docker: not found"), @"the SSH server of ssh://ship forwards no connections, and there is no `docker` command there to stand in; allow AllowStreamLocalForwarding and AllowTcpForwarding in its sshd_config");
    insta::assert_snapshot!(session_failed("ssh://ship", &socket, "Cannot connect to the Docker daemon at …"), @"the SSH login of ssh://ship works, but the socket /run/d.sock there is not reached; does Docker run there?");
}
