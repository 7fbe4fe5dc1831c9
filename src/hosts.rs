//! Which machines the tool runs on, as data: `setup` refuses before it downloads anything where it
//! knows that it can't work, and the README's table is made from it.

/// What is known of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// The tests run on it.
    Tried,
    /// All that is needed exists for it, and the front end compiles; nobody has run it there yet.
    Expected,
    /// It can't work, for this reason.
    No(&'static str),
}

/// A host, or the hosts whose name ends so.
pub struct Host {
    /// The target triple.
    pub triple: &'static str,
    /// What people call it.
    #[cfg_attr(not(test), expect(dead_code, reason = "for the README"))]
    pub name: &'static str,
    /// What is known of it.
    pub support: Support,
}

/// All hosts for which rustup has the pinned nightly with its compiler crates, and a few for which
/// it has not.
pub static HOSTS: &[Host] = &[
    Host {
        triple: "x86_64-unknown-linux-gnu",
        name: "Linux on x86_64 (glibc)",
        support: Support::Tried,
    },
    Host {
        triple: "aarch64-unknown-linux-gnu",
        name: "Linux on ARM64 (glibc)",
        support: Support::Expected,
    },
    Host {
        triple: "aarch64-apple-darwin",
        name: "macOS on Apple silicon",
        support: Support::Expected,
    },
    Host { triple: "x86_64-apple-darwin", name: "macOS on Intel", support: Support::Expected },
    Host { triple: "x86_64-pc-windows-msvc", name: "Windows (MSVC)", support: Support::Expected },
    Host { triple: "x86_64-pc-windows-gnu", name: "Windows (GNU)", support: Support::Expected },
    Host {
        triple: "aarch64-pc-windows-msvc",
        name: "Windows on ARM64",
        support: Support::Expected,
    },
    Host {
        triple: "x86_64-unknown-linux-musl",
        name: "Linux on x86_64 (musl)",
        support: Support::Expected,
    },
    Host {
        triple: "aarch64-unknown-linux-musl",
        name: "Linux on ARM64 (musl)",
        support: Support::Expected,
    },
    Host {
        triple: "i686-pc-windows-msvc",
        name: "32-bit Windows",
        support: Support::No("the driver has never been built for a 32-bit host"),
    },
    Host {
        triple: "i686-unknown-linux-gnu",
        name: "32-bit Linux",
        support: Support::No("the driver has never been built for a 32-bit host"),
    },
];

/// The host that this program was built for, as far as the standard library tells.
pub fn own() -> Option<&'static str> {
    let environment = if cfg!(target_env = "musl") {
        "musl"
    } else if cfg!(target_env = "msvc") {
        "msvc"
    } else {
        "gnu"
    };
    HOSTS.iter().map(|host| host.triple).find(|triple| {
        let parts: Vec<_> = triple.split('-').collect();
        let system = match std::env::consts::OS {
            "macos" => "darwin",
            other => other,
        };
        parts.first() == Some(&std::env::consts::ARCH)
            && parts.contains(&system)
            && (system == "darwin" || parts.last() == Some(&environment))
    })
}

/// Why the tool can't work on a host, if it is known that it can't.
pub fn refusal(triple: &str) -> Option<String> {
    match HOSTS.iter().find(|host| host.triple == triple) {
        Some(Host { support: Support::No(reason), .. }) => Some((*reason).to_owned()),
        Some(_) => None,
        None => Some("rustup has no compiler crates of the pinned nightly for it".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The README's table.
    fn table() -> String {
        let mut text = "| host | |\n|---|---|\n".to_owned();
        for Host { triple, name, support } in HOSTS {
            let support = match support {
                Support::Tried => "tried: the tests run on it".to_owned(),
                Support::Expected => "expected to work, not tried".to_owned(),
                Support::No(reason) => format!("not supported: {reason}"),
            };
            text.push_str(&format!("| {name}, `{triple}` | {support} |\n"));
        }
        text
    }

    #[test]
    fn the_readme_has_the_table() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
        let readme = std::fs::read_to_string(&path).expect("it is in the checkout");
        let (start, end) = ("<!-- hosts -->\n", "<!-- end of hosts -->");
        let (before, rest) = readme.split_once(start).expect("the table has a beginning");
        let (found, after) = rest.split_once(end).expect("the table has an end");
        let table = table();
        if std::env::var_os("BLESS").is_some() {
            let text = format!("{before}{start}{table}{end}{after}");
            std::fs::write(path, text).expect("it is ours");
        } else {
            assert!(found == table, "run `BLESS=1 cargo test -p cargo-asm-lint hosts`");
        }
    }

    #[test]
    fn this_host_is_known_and_not_refused() {
        let own = own().expect("the tests run on a known host");
        assert_eq!(refusal(own), None);
        assert!(refusal("i686-unknown-linux-gnu").is_some());
        assert!(refusal("sparcv9-sun-solaris").is_some_and(|reason| reason.contains("rustup")));
    }
}
