//! Where settings are: in which files, and in which table of them.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use toml::de::{DeTable, DeValue};

use super::Mistake;

/// The folder in which the search starts, instead of the package's.
pub(crate) const DIRECTORY_VARIABLE: &str = "ASM_LINT_CONF_DIR";

/// The names that a configuration file may have, by precedence.
const NAMES: [&str; 2] = ["asm-lint.toml", ".asm-lint.toml"];
/// The table in a manifest's `metadata`.
const METADATA: &str = "asm-lint";

/// A file with settings.
pub(super) struct File {
    /// Its absolute path.
    pub(super) path: PathBuf,
    /// Its text, with the line ends that the compiler gives it in its source map.
    pub(super) text: String,
    /// The names of the tables that lead to the settings; empty for a separate file.
    pub(super) table: &'static [&'static str],
}

/// All files, the most general first: later ones take precedence. A configuration file that can't be
/// read is a mistake, because its levels would otherwise be ignored silently.
pub(super) fn find(mistakes: &mut Vec<Mistake>) -> io::Result<Vec<File>> {
    let start = match env::var_os(DIRECTORY_VARIABLE).or_else(|| env::var_os("CARGO_MANIFEST_DIR"))
    {
        Some(directory) => PathBuf::from(directory),
        None => env::current_dir()?,
    };
    // The variable may be relative, and the parents must be found whatever links lead here.
    let start = start.canonicalize()?;
    let own = start
        .ancestors()
        .flat_map(|directory| NAMES.map(|name| directory.join(name)))
        // A link that leads nowhere is found, too.
        .find(|path| path.symlink_metadata().is_ok());
    let mut found = Vec::new();
    if let Some(path) = own {
        match read_regular(&path) {
            Ok(text) => found.push(File { text, path, table: &[] }),
            Err(reason) => mistakes.push(Mistake::of_file(&path, reason)),
        }
    }
    found.extend(manifests(&start));
    Ok(found)
}

/// The text of a configuration file, or why there is none. Only a regular file is opened: reading a
/// pipe could wait for a writer forever.
fn read_regular(path: &Path) -> Result<String, String> {
    let metadata = fs::metadata(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => "the link leads nowhere".to_owned(),
        _ => error.to_string(),
    })?;
    if !metadata.is_file() {
        let kind = if metadata.is_dir() { "a folder" } else { "not a regular file" };
        return Err(format!("it is {kind}, but a configuration file was expected"));
    }
    read(path).map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => "the file is not UTF-8".to_owned(),
        _ => error.to_string(),
    })
}

/// The manifests of the workspace and of the package, if they have our table. Cargo reports
/// whatever else is wrong with a manifest.
fn manifests(start: &Path) -> Vec<File> {
    let mut manifests = start.ancestors().filter_map(|directory| {
        let path = directory.join("Cargo.toml");
        let text = path.is_file().then(|| read(&path).ok())??;
        Some((path, text))
    });
    let Some((package_path, package_text)) = manifests.next() else { return Vec::new() };
    let package = File {
        path: package_path.clone(),
        text: package_text.clone(),
        table: &["package", "metadata", METADATA],
    };
    let workspace = if has(&package_text, &["workspace"]) {
        Some((package_path, package_text))
    } else if let Some(root) = workspace_key(&package_text) {
        let path = package_path.with_file_name(root).join("Cargo.toml");
        read(&path).ok().map(|text| (path, text))
    } else {
        manifests.find(|(_, text)| has(text, &["workspace"]))
    };
    let workspace = workspace.map(|(path, text)| File {
        path,
        text,
        table: &["workspace", "metadata", METADATA],
    });
    workspace.into_iter().chain([package]).filter(|file| has(&file.text, file.table)).collect()
}

fn read(path: &Path) -> io::Result<String> {
    let text = fs::read_to_string(path)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    Ok(text.replace("\r\n", "\n"))
}

/// Whether the document has a table at the end of that path.
fn has(text: &str, path: &[&str]) -> bool {
    let (document, _) = DeTable::parse_recoverable(text);
    table_at(document.get_ref(), path).is_some()
}

/// The table at the end of a path.
pub(super) fn table_at<'t, 'text>(
    table: &'t DeTable<'text>,
    path: &[&str],
) -> Option<&'t DeTable<'text>> {
    path.iter().try_fold(table, |table, name| entry(table, name)?.as_table())
}

/// `package.workspace`: where the root of the workspace is, if it is not above.
fn workspace_key(text: &str) -> Option<String> {
    let (document, _) = DeTable::parse_recoverable(text);
    let package = table_at(document.get_ref(), &["package"])?;
    Some(entry(package, "workspace")?.as_str()?.to_owned())
}

fn entry<'t, 'text>(table: &'t DeTable<'text>, name: &str) -> Option<&'t DeValue<'text>> {
    let (_, value) = table.iter().find(|(key, _)| key.get_ref() == name)?;
    Some(value.get_ref())
}
