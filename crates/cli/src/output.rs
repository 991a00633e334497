//! Where a report goes and in which format: stdout, a file, a new folder or a bucket; table or one of
//! the others. Knows nothing of what is in it.

use std::fmt;
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tokio::runtime::Runtime;
use unbridge_report::look::Look;
use unbridge_report::rows::{Headers, Layout};
use unbridge_report::view::View;
use unbridge_report::{csv, datasets, dot, finops, html, json, markdown, mermaid, sarif, table};

use crate::args::{Output, OutputArgs};
use crate::error::Failure;
use crate::tree::{Kept, Tree, TreeAt};
use crate::{input, place, terminal};

/// Endings of file names, and what they stand for: the first that fits.
const ENDINGS: [(&str, Output); 10] = [
    (".txt", Output::Table),
    (".sarif.json", Output::Sarif),
    (".json", Output::Json),
    (".csv", Output::Csv),
    (".md", Output::Markdown),
    (".mmd", Output::Mermaid),
    (".dot", Output::Dot),
    (".gv", Output::Dot),
    (".sarif", Output::Sarif),
    (".html", Output::Html),
];

/// A report before it is written.
pub(crate) struct Sheet<'a> {
    format: Output,
    layout: Layout,
    look: Look,
    goes: Goes<'a>,
}

/// Where it goes.
enum Goes<'a> {
    ToStdout,
    Into(&'a Path),
    IntoBucket(Runtime, Tree),
}

impl<'a> Sheet<'a> {
    /// One that goes to stdout.
    pub(crate) fn on_stdout(args: &OutputArgs) -> Result<Self, Failure> {
        let format = args.output.unwrap_or(Output::Table);
        if is_folder(format) {
            let what = format!("the format {format} is a folder, which stdout cannot hold");
            return Err(Failure::usage(what).hint("-o FOLDER with `unbridge report`"));
        }
        Ok(Self {
            format,
            layout: layout(args, format)?,
            look: terminal::look(args.width),
            goes: Goes::ToStdout,
        })
    }

    /// One that goes to a file, which must be none of those that the report is made from.
    pub(crate) fn in_file<'i>(
        args: &OutputArgs,
        path: &'a Path,
        mut inputs: impl Iterator<Item = &'i PathBuf>,
    ) -> Result<Self, Failure> {
        let format = match args.output {
            Some(format) => format,
            None => by_ending(path)?,
        };
        let here = fs::canonicalize(path).ok();
        if here.is_some() && inputs.any(|input| fs::canonicalize(input).ok() == here) {
            let what = format!("{} is a file that the report is made from", path.display());
            return Err(Failure::usage(what).hint("another name with -o FILE"));
        }
        let sheet = |goes| {
            Ok(Self {
                format,
                layout: layout(args, format)?,
                look: terminal::look_in_file(args.width),
                goes,
            })
        };
        if let Kept::Tree(at @ TreeAt::Bucket { .. }) = Kept::at(path) {
            if format != Output::Datasets {
                let what = format!("the format {format} is not written into a bucket");
                return Err(Failure::usage(what).hint("-o FILE, and then copy it there"));
            }
            let (runtime, tree) = input::reached(at)?;
            runtime.block_on(tree.expect_empty())?;
            return sheet(Goes::IntoBucket(runtime, tree));
        }
        if is_folder(format) && path.exists() {
            let what = format!("{} is there already", path.display());
            return Err(Failure::usage(what).hint("name a new folder with -o FOLDER"));
        }
        if let Some(why) = place::refusal(path).filter(|_| !is_folder(format)) {
            let what = format!("report {} cannot be written: {why}", path.display());
            return Err(Failure::unexpected(what).hint(NAME_A_PLACE));
        }
        sheet(Goes::Into(path))
    }

    /// Whether the format has room for more than rows: for what was not seen, and for acceptances
    /// that did nothing.
    pub(crate) fn has_room_for_notes(&self) -> bool {
        match self.format {
            Output::Table
            | Output::Json
            | Output::Markdown
            | Output::Mermaid
            | Output::Dot
            | Output::Sarif
            | Output::Html => true,
            Output::Csv | Output::Finops | Output::Datasets => false,
        }
    }

    /// Writes the report on a snapshot to its place.
    pub(crate) fn write(&self, view: &View, snapshot: &Path) -> Result<(), Failure> {
        let path = match &self.goes {
            Goes::ToStdout => {
                let out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
                return self
                    .put(view, snapshot, out)
                    .map_err(|error| terminal::unwritten(&error));
            }
            Goes::IntoBucket(runtime, tree) => {
                runtime.block_on(tree.put_all(datasets::files(view)))?;
                terminal::tell(&format!("report: {}", tree.at()));
                return Ok(());
            }
            Goes::Into(path) => *path,
        };
        let unwritable = |error: &io::Error| {
            let what = format!("report {} cannot be written", path.display());
            Failure::io(what, error).hint(NAME_A_PLACE)
        };
        if let Some(written) = self.put_in_folder(view, path) {
            written.map_err(|error| unwritable(&error))?;
            terminal::tell(&format!("report: {}", path.display()));
            return Ok(());
        }
        let mut file =
            place::beside(path, &mut as_others_may_read()).map_err(|error| unwritable(&error))?;
        self.put(view, snapshot, BufWriter::with_capacity(1 << 16, &mut file))
            .and_then(|()| file.as_file().sync_all())
            .map_err(|error| unwritable(&error))?;
        file.persist(path)
            .map_err(|refused| unwritable(&refused.error))?;
        terminal::tell(&format!("report: {}", path.display()));
        Ok(())
    }

    /// Writes a report that is a folder; `None` for one that is not.
    fn put_in_folder(&self, view: &View, path: &Path) -> Option<io::Result<()>> {
        match self.format {
            Output::Finops => Some(
                finops::files(view).and_then(|files| folder_in(path, files.into_iter().map(Ok))),
            ),
            Output::Datasets => Some(folder_in(path, datasets::files(view))),
            Output::Table
            | Output::Json
            | Output::Csv
            | Output::Markdown
            | Output::Mermaid
            | Output::Dot
            | Output::Sarif
            | Output::Html => None,
        }
    }

    fn put(&self, view: &View, snapshot: &Path, mut out: impl Write) -> io::Result<()> {
        let Self { layout, look, .. } = self;
        let mut text = String::new();
        let written = match self.format {
            Output::Table => table::table(view, layout, *look, &mut text),
            Output::Markdown => markdown::markdown(view, layout, &mut text),
            Output::Mermaid => mermaid::mermaid(view, &mut text),
            Output::Dot => dot::dot(view, &mut text),
            Output::Html => html::html(view, &mut text),
            Output::Json => return json::write_with(view, layout.group_by.as_ref(), out),
            Output::Csv => return csv::write(view, layout, out),
            Output::Sarif => return sarif::write(view, &snapshot.display().to_string(), out),
            Output::Finops | Output::Datasets => {
                return Err(io::Error::other("a folder is written elsewhere"));
            }
        };
        written.map_err(|fmt::Error| io::Error::other("the report cannot be made"))?;
        out.write_all(text.as_bytes())?;
        out.flush()
    }
}

const NAME_A_PLACE: &str = "name a writable place with -o FILE, or leave it out to write to stdout";

/// Writes the files of a folder into a new one beside its place, and renames that when all of them
/// are there.
fn folder_in(
    path: &Path,
    files: impl Iterator<Item = io::Result<(String, Vec<u8>)>>,
) -> io::Result<()> {
    let folder = place::folder_beside(path)?;
    for file in files {
        let (name, bytes) = file?;
        let file = folder.path().join(name);
        if let Some(parent) = file.parent() {
            fs::create_dir_all(parent)?;
        }
        let mut out = fs::File::create(file)?;
        out.write_all(&bytes)?;
        out.sync_all()?;
    }
    // Renamed onto an empty folder that somebody made meanwhile, it would take its place.
    fs::rename(folder.path(), path)?;
    let _ = folder.keep();
    Ok(())
}

/// A snapshot is its owner's; a report is made to be shown, and gets the mode of any new file.
pub(crate) fn as_others_may_read() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder
}

fn by_ending(path: &Path) -> Result<Output, Failure> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.to_lowercase();
    let fits = |ending: &str| name.len() > ending.len() && name.ends_with(ending);
    let found = ENDINGS.iter().find(|(ending, _)| fits(ending));
    found.map(|(_, format)| *format).ok_or_else(|| {
        let known = ENDINGS.map(|(ending, _)| ending);
        let what = format!(
            "the ending of {} names no format; the endings are {}",
            path.display(),
            known.join(" ")
        );
        Failure::usage(what).hint("another ending, or --output FORMAT")
    })
}

/// Whether the format is made of a row for each NLB.
fn has_rows(format: Output) -> bool {
    match format {
        Output::Table | Output::Csv | Output::Markdown => true,
        Output::Json
        | Output::Mermaid
        | Output::Dot
        | Output::Sarif
        | Output::Html
        | Output::Finops
        | Output::Datasets => false,
    }
}

/// Whether the format is a folder of files.
fn is_folder(format: Output) -> bool {
    match format {
        Output::Finops | Output::Datasets => true,
        Output::Table
        | Output::Json
        | Output::Csv
        | Output::Markdown
        | Output::Mermaid
        | Output::Dot
        | Output::Sarif
        | Output::Html => false,
    }
}

/// The rows and columns that are asked for. A flag that the format has no use for is refused: who
/// typed it expects something else.
fn layout(args: &OutputArgs, format: Output) -> Result<Layout, Failure> {
    let given = [
        ("--columns", !args.columns.is_empty()),
        ("--no-headers", args.no_headers),
        ("--group-by", args.group_by.is_some()),
    ];
    // JSON has no groups of rows, and sums by what makes them.
    let takes = |flag: &str| has_rows(format) || format == Output::Json && flag == "--group-by";
    let refused = given.iter().find(|(flag, given)| *given && !takes(flag));
    if let Some((flag, _)) = refused {
        let what = format!("{flag} does nothing in the format {format}");
        return Err(Failure::usage(what).hint("--output table, --output csv or --output markdown"));
    }
    Ok(Layout {
        columns: args.columns.clone(),
        headers: if args.no_headers {
            Headers::Hidden
        } else {
            Headers::Shown
        },
        group_by: args.group_by.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_ending_of_a_name_chooses_the_format() {
        let format = |name: &str| by_ending(Path::new(name)).ok();
        assert_eq!(format("a.sarif.json"), Some(Output::Sarif));
        assert_eq!(format("sarif.json"), Some(Output::Json));
        assert_eq!(format("reports.csv/a.HTML"), Some(Output::Html));
        assert_eq!(format("a.gv"), Some(Output::Dot));
        assert_eq!(format("json"), None);
        assert_eq!(format(".json"), None);
        assert_eq!(format("a.yaml"), None);
    }
}
