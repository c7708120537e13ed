use std::{collections::BTreeMap, sync::Arc};

use super::*;
use maestro_core::{
    model::image_build::{BuildKitSettings, BuildPlace, BuildSettings, DockerfileSource, ImageBuild},
    source::{Sources, Span, Spanned},
};

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn request(settings: BuildSettings, buildkit: BuildKitSettings) -> BuildRequest {
    let span = Span::new(Sources::default().add("compose.yaml", ""), 0..0);
    let build = ImageBuild {
        image: "shop-web".to_owned(),
        is_named: false,
        context: Spanned::new(BuildContextSource::Directory("/shop".into()), span),
        dockerfile: Spanned::new(DockerfileSource::Path("Dockerfile".to_owned()), span),
        settings,
        platforms: Vec::new(),
        tags: vec!["shop-web:2".to_owned()],
        cache_from: vec!["type=registry,ref=hub/web:cache".to_owned()],
        no_cache: false,
        pull: true,
        on: BuildPlace::NeedingShip,
        buildkit,
        of_buildkit: Vec::new(),
        span,
    };
    BuildRequest {
        build: Arc::new(build),
        dockerfile: "-odd name".to_owned(),
        digest: "89ab".to_owned(),
        no_cache: true,
        pull: false,
        logins: BTreeMap::new(),
    }
}

#[test]
fn what_the_file_says_is_one_word_each() {
    let span = Span::new(Sources::default().add("compose.yaml", ""), 0..0);
    let settings = BuildSettings {
        arguments: map(&[("VERSION", "2"), ("HTTP_PROXY", "http://proxy"), ("PATH", "/opt/bin")]),
        target: Some("release".to_owned()),
        labels: map(&[("team", "web shop")]),
        network: Some("host".to_owned()),
        extra_hosts: vec!["db:10.0.0.1".to_owned()],
        shm_size: Some(64),
        platform: Some("linux/arm64".to_owned()),
    };
    let buildkit = BuildKitSettings {
        contexts: [
            ("extra".to_owned(), Spanned::new(BuildContextSource::Directory("/a b".into()), span)),
            ("base".to_owned(), Spanned::new(BuildContextSource::Remote("docker-image://base".into()), span)),
        ]
        .into(),
        ssh: vec!["default".to_owned()],
        cache_to: vec!["type=inline".to_owned()],
        entitlements: vec!["network.host".to_owned()],
        ulimits: vec!["nofile=1:2".to_owned()],
        provenance: None,
        sbom: Some("true".to_owned()),
        secrets: Vec::new(),
    };
    let request = request(settings, buildkit);
    let secrets = Secrets { words: Vec::new(), variables: Vec::new() };
    let words = arguments(&request, &secrets, Path::new("/tmp/id"));
    let told = include_str!("words.txt");
    assert_eq!(words, told.lines().collect::<Vec<_>>());
    assert_eq!(variables(&request).collect::<Vec<_>>(), [(&"VERSION".to_owned(), &"2".to_owned())]);
}

#[test]
fn no_secret_is_a_word() {
    let folder = tempfile::tempdir().unwrap();
    let content = |bytes: &[u8]| BuildSecretSource::Content(bytes.to_vec().into());
    let secret = |id: &str, source| BuildSecret { id: id.to_owned(), source };
    let all = [
        secret("token", content(b"hunter2")),
        secret("key", content(b"hunter3\0")),
        secret("file", BuildSecretSource::File("/run/a,b".into())),
    ];
    let secrets = Secrets::prepare(&all, folder.path()).unwrap();
    let written = folder.path().join("secret-1");
    let told = [
        "--secret=id=token,env=MAESTRO_BUILD_SECRET_0".to_owned(),
        format!("--secret=id=key,src={}", written.display()),
        "--secret=id=file,\"src=/run/a,b\"".to_owned(),
    ];
    assert_eq!(secrets.words, told);
    assert_eq!(secrets.variables(), [("MAESTRO_BUILD_SECRET_0".to_owned(), OsString::from("hunter2"))]);
    assert_eq!(std::fs::read(&written).unwrap(), b"hunter3\0");
    let request = request(BuildSettings::default(), BuildKitSettings::default());
    assert!(!arguments(&request, &secrets, Path::new("/tmp/id")).concat().contains("hunter"));
}
