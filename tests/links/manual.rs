//! The pages and sections that manual pages refer to.

/// A manual page.
pub(crate) struct Page {
    pub(crate) file: String,
    pub(crate) name: String,
    pub(crate) section: String,
    text: String,
    titles: Vec<String>,
}

impl Page {
    pub(crate) fn of(file: &str, source: &str) -> Self {
        let title = source.lines().find_map(|line| line.strip_prefix(".TH "));
        let mut title = title.unwrap().split(' ');
        let mut next = || plain(title.next().unwrap());
        let titles = source.lines().filter_map(|line| line.strip_prefix(".SH "));
        Self {
            file: file.to_owned(),
            name: next().to_lowercase(),
            section: next(),
            titles: titles.map(|title| plain(title).replace('"', "")).collect(),
            text: plain(source),
        }
    }

    /// The page as others name it.
    pub(crate) fn reference(&self) -> String {
        format!("{}({})", self.name, self.section)
    }

    /// The text of the section SEE ALSO as a list.
    pub(crate) fn see_also(&self) -> Vec<String> {
        let (_, list) = self.text.split_once(".SH \"SEE ALSO\"").unwrap();
        list.split([',', '\n'])
            .map(|name| name.trim().to_owned())
            .collect()
    }

    /// The sections that it refers to, as in "see SIZES in mmapctl(1)", each with the page.
    pub(crate) fn section_references(&self) -> Vec<(String, String)> {
        let text = self.text.split_whitespace().collect::<Vec<_>>();
        let mut found = Vec::new();
        for (index, word) in text.iter().enumerate() {
            let page = word.trim_end_matches(|c: char| ".,;:)".contains(c));
            let page = format!("{page})");
            if *word == "in"
                || !page.starts_with("mmapctl")
                || index == 0
                || text[index - 1] != "in"
            {
                continue;
            }
            // "PAGE COUNTS and RESIDENCY PICTURE" are two.
            let of_titles =
                |word: &&&str| **word == "and" || word.chars().all(|c| c.is_ascii_uppercase());
            let words = text[..index - 1].iter().rev().take_while(of_titles);
            let mut words: Vec<&str> = words.copied().collect();
            words.reverse();
            let titles = words.split(|word| *word == "and");
            let titles = titles.filter(|title| !title.is_empty());
            found.extend(titles.map(|title| (title.join(" "), page.clone())));
        }
        found
    }

    /// The sections that it refers to and that do not exist.
    pub(crate) fn lost_sections(&self, pages: &[Self]) -> Vec<String> {
        let is_lost = |(title, page): &(String, String)| {
            let page = pages.iter().find(|known| known.reference() == *page);
            !page.is_some_and(|page| page.titles.contains(title))
        };
        let lost = self.section_references().into_iter().filter(is_lost);
        lost.map(|(title, page)| format!("{}: no section {title} in {page}", self.file))
            .collect()
    }
}

/// The source of a page without fonts and escapes.
pub(crate) fn plain(source: &str) -> String {
    let mut plain = source.replace("\\-", "-").replace("\\&", "");
    for font in ["\\fB", "\\fI", "\\fR"] {
        plain = plain.replace(font, "");
    }
    plain
}

/// The pages of this project that a text names, with their sections.
pub(crate) fn page_names(text: &str) -> Vec<(String, String)> {
    let mut names = Vec::new();
    for (at, _) in text.match_indices("mmapctl") {
        let rest = &text[at..];
        let end = rest
            .find(|c: char| !c.is_ascii_lowercase() && c != '-')
            .unwrap_or(rest.len());
        let (name, rest) = rest.split_at(end);
        let rest = rest.strip_prefix('`').unwrap_or(rest);
        let section = rest.strip_prefix('(').and_then(|rest| rest.split_once(')'));
        if let Some((section, _)) = section.filter(|(section, _)| section.parse::<u8>().is_ok()) {
            names.push((name.to_owned(), section.to_owned()));
        }
    }
    names
}

#[test]
fn lost_pages_and_sections_are_detected() {
    let text = "see mmapctl(1), `mmapctl-map`(1) and mmapctl.md (1)";
    let names = page_names(text);
    let names: Vec<_> = names
        .iter()
        .map(|(name, section)| (&**name, &**section))
        .collect();
    assert_eq!(names, [("mmapctl", "1"), ("mmapctl-map", "1")]);
    let source = ".TH MMAPCTL\\-A 1 date\n.SH \"PAGE COUNTS\"\nsee PAGE COUNTS and NONE in \\fBmmapctl\\-a\\fR(1), and\nSIZES in \\fBmmapctl\\-a\\fR(1).\n.SH \"SEE ALSO\"\n\\fBmmap\\fR(2),\n\\fBb\\fR(1)\n";
    let page = Page::of("man/mmapctl-a.1", source);
    assert_eq!(page.reference(), "mmapctl-a(1)");
    let lost = page.lost_sections(&[Page::of("man/mmapctl-a.1", source)]);
    assert_eq!(
        lost,
        [
            "man/mmapctl-a.1: no section NONE in mmapctl-a(1)",
            "man/mmapctl-a.1: no section SIZES in mmapctl-a(1)"
        ]
    );
    assert!(page.see_also().contains(&"b(1)".to_owned()));
}
