//! Which lives and requests belong to one container.
//!
//! By content alone: the ids that descend from a request, the ids and names that it says. A name is
//! known for an id from the engine's own files, from a shim's arguments, or because a request said it
//! and the work on one id descends from that. A request that leaves the work to a daemon, and whose
//! container's name tells nothing, goes with a life that began while it was waited for and that has
//! its image and program, if both are the only ones: else who asked for that life is not known, and
//! nobody is guessed.

use super::identity::Known;
use super::life::Life;
use super::request::Request;
use crate::attribution::command::Verb;
use trace::manifest::KnownContainer;

/// A container.
#[derive(Clone, Debug, Default)]
pub(super) struct Subject {
    /// Its id, empty if unknown.
    pub(super) id: String,
    /// Its name.
    pub(super) name: Option<String>,
    /// When it was first heard of.
    pub(super) begun_ns: u64,
    /// Its lives, by time.
    pub(super) lives: Vec<Life>,
    /// Requests on it, by time: positions.
    pub(super) requests: Vec<usize>,
}

/// Puts lives and requests together; in the order in which containers were first heard of.
pub(super) fn subjects(lives: Vec<Life>, requests: &[Request<'_>], known: &Known) -> Vec<Subject> {
    let mut subjects = Subjects {
        requests,
        known,
        all: Vec::new(),
    };
    for life in lives {
        subjects.add_life(life);
    }
    for index in 0..requests.len() {
        subjects.add_request(index);
    }
    subjects.join_by_name();
    subjects.join_by_time();
    let mut all = subjects.all;
    all.sort_by_key(|subject| subject.begun_ns);
    all
}

struct Subjects<'r, 'a> {
    requests: &'r [Request<'a>],
    known: &'r Known,
    all: Vec<Subject>,
}

impl Subjects<'_, '_> {
    /// A life begins a container, or continues the one of its id that was not made anew since.
    fn add_life(&mut self, life: Life) {
        let same_id = |subject: &&mut Subject| !life.id.is_empty() && subject.id == life.id;
        let before = self.all.iter_mut().rev().find(same_id);
        let is_anew = |since_ns: u64| {
            self.requests.iter().any(|request| {
                request.command.makes()
                    && request.command.containers.contains(&life.id.as_str())
                    && (since_ns..=life.born_ns).contains(&request.begun_ns)
            })
        };
        match before.filter(|subject| !is_anew(subject.last_birth_ns())) {
            Some(subject) => subject.lives.push(life),
            None => self.all.push(Subject {
                name: self.name_of(&life.id),
                id: life.id.clone(),
                begun_ns: life.begun_ns,
                lives: vec![life],
                requests: Vec::new(),
            }),
        }
    }

    fn add_request(&mut self, index: usize) {
        let request = &self.requests[index];
        let mut found: Vec<usize> = Vec::new();
        for id in &request.ids {
            let position = self.of_id(id, request).unwrap_or_else(|| {
                self.begin(Subject {
                    name: self.name_of(id),
                    id: (*id).to_owned(),
                    begun_ns: request.begun_ns,
                    ..Subject::default()
                })
            });
            found.push(position);
        }
        let said = &request.command.containers;
        if request.command.makes() {
            found = self.asked_for(&found, request);
        }
        if let ([position], [name]) = (found.as_slice(), said.as_slice()) {
            self.all[*position].learn_name(name);
        } else if found.is_empty() {
            for name in said {
                found.push(self.of_name(name, request));
            }
            if said.is_empty() && request.command.makes() {
                found.push(self.begin(Subject {
                    begun_ns: request.begun_ns,
                    ..Subject::default()
                }));
            }
        }
        found.sort_unstable();
        found.dedup();
        for position in found {
            let subject = &mut self.all[position];
            subject.begun_ns = subject.begun_ns.min(request.begun_ns);
            subject.requests.push(index);
        }
    }

    /// Of the containers that were made for a request, the one that it is about, where it can be told: what
    /// else a pod needs is made with the first container that starts in it.
    fn asked_for(&self, made: &[usize], request: &Request<'_>) -> Vec<usize> {
        let is_named = |position: &usize| {
            let name = self.all[*position].name.as_deref();
            name.is_some_and(|name| request.command.containers.contains(&name))
        };
        let is_alike = |position: &usize| {
            let subject = &self.all[*position];
            let known = self.known.get(&subject.id);
            !subject.is_of_pod()
                && known.is_none_or(|known| {
                    has_program(&request.command.image_and_program, &known.program)
                })
        };
        let named: Vec<usize> = made.iter().copied().filter(is_named).collect();
        let alike: Vec<usize> = made.iter().copied().filter(is_alike).collect();
        [named, alike]
            .into_iter()
            .find(|found| found.len() == 1)
            .unwrap_or_else(|| made.to_vec())
    }

    fn name_of(&self, id: &str) -> Option<String> {
        let name = &self.known.get(id)?.name;
        (!name.is_empty()).then(|| name.clone())
    }

    fn begin(&mut self, subject: Subject) -> usize {
        self.all.push(subject);
        self.all.len() - 1
    }

    /// The last container of this id that was there before a request was answered.
    fn of_id(&self, id: &str, request: &Request<'_>) -> Option<usize> {
        let known = self.all.iter().enumerate();
        let alike = known
            .filter(|(_, subject)| subject.id == id && subject.first_ns() <= request.answered_ns());
        let makes = request.command.makes();
        let matching = alike.filter(|(_, subject)| {
            // What is asked for anew was not there before.
            !makes || subject.first_ns() >= request.begun_ns
        });
        matching
            .max_by_key(|(_, subject)| subject.first_ns())
            .map(|(position, _)| position)
    }

    /// The container that a request means by an id, its beginning, or a name; a new one where none is known.
    fn of_name(&mut self, said: &str, request: &Request<'_>) -> usize {
        if !request.command.makes() {
            let known = self.all.iter().enumerate();
            let alike = known.filter(|(_, subject)| {
                subject.is_called(said) && subject.first_ns() <= request.answered_ns()
            });
            if let Some((position, _)) = alike.max_by_key(|(_, subject)| subject.first_ns()) {
                return position;
            }
        }
        let is_id = said.len() == 64 && said.bytes().all(|byte| byte.is_ascii_hexdigit());
        let (id, name) = if is_id {
            (said.to_owned(), None)
        } else {
            (String::new(), Some(said.to_owned()))
        };
        self.begin(Subject {
            id,
            name,
            begun_ns: request.begun_ns,
            ..Subject::default()
        })
    }

    /// Joins what only requests tell of with the lives under the same name that follow it.
    fn join_by_name(&mut self) {
        self.join(|subjects, asked| {
            let name = subjects[asked].name.as_deref()?;
            let named = |subject: &&Subject| subject.is_called(name);
            let next_ns = subjects
                .iter()
                .filter(named)
                .filter(|subject| subject.lives.is_empty())
                .map(|subject| subject.begun_ns)
                .filter(|&begun_ns| begun_ns > subjects[asked].begun_ns)
                .min()
                .unwrap_or(u64::MAX);
            let window = subjects[asked].begun_ns..next_ns;
            subjects.iter().position(|subject| {
                let first = subject.lives.first();
                subject.is_called(name) && first.is_some_and(|life| window.contains(&life.born_ns))
            })
        });
    }

    /// Joins a request to a daemon with the only life that began while it was waited for and can be
    /// its, if it is the only one that waited.
    fn join_by_time(&mut self) {
        let (requests, known) = (self.requests, self.known);
        let waits = |asked: &Subject, living: &Subject| {
            let can_be = asked.lives.is_empty()
                && living.requests.is_empty()
                && (asked.name.is_none() || living.name.is_none());
            can_be
                && living.lives.first().is_some_and(|life| {
                    let mut asking = asked.requests.iter().map(|&index| &requests[index]);
                    asking.any(|request| is_waited_for(request, life, known))
                })
        };
        self.join(|subjects, asked| {
            let mut living = (0..subjects.len())
                .filter(|&position| waits(&subjects[asked], &subjects[position]));
            let position = living.next()?;
            let mut waiting = subjects
                .iter()
                .filter(|subject| waits(subject, &subjects[position]));
            (living.next().is_none() && waiting.nth(1).is_none()).then_some(position)
        });
    }

    /// Joins each container without a life with the one that `partner` finds for it.
    fn join(&mut self, partner: impl Fn(&[Subject], usize) -> Option<usize>) {
        let mut asked = 0;
        while asked < self.all.len() {
            let is_lifeless = self.all[asked].lives.is_empty() && self.all[asked].id.is_empty();
            let found = is_lifeless
                .then(|| partner(&self.all, asked))
                .flatten()
                .filter(|&found| found != asked);
            match found {
                Some(found) => {
                    let lifeless = self.all[asked].clone();
                    self.all[found].take(lifeless);
                    self.all.remove(asked);
                }
                None => asked += 1,
            }
        }
    }
}

/// Whether a life can be what a daemon was asked for: it began meanwhile, and has the image and the
/// program that were asked for, as far as they are known.
fn is_waited_for(request: &Request<'_>, life: &Life, known: &Known) -> bool {
    let starts = matches!(
        request.command.verb,
        Verb::Run | Verb::Start | Verb::Restart
    );
    starts
        && request.is_for_daemon
        && !life.is_older
        && request.is_open_at(life.born_ns)
        && known
            .get(&life.id)
            .is_none_or(|container| is_as_asked(&request.command.image_and_program, container))
}

fn is_as_asked(words: &[&str], container: &KnownContainer) -> bool {
    let is_image = |image: &&str| container.image.is_empty() || container.image == **image;
    words.first().is_none_or(is_image) && has_program(words, &container.program)
}

/// Whether a container's program can be what was asked for behind the image, as far as it is known.
fn has_program(image_and_program: &[&str], known: &[String]) -> bool {
    let asked = image_and_program.iter().skip(1).rev();
    known
        .iter()
        .rev()
        .zip(asked)
        .all(|(known, asked)| known == asked)
}

impl Subject {
    fn last_birth_ns(&self) -> u64 {
        self.lives.last().map_or(0, |life| life.born_ns)
    }

    /// When it was there for sure: its first life's birth, or the first request's beginning.
    fn first_ns(&self) -> u64 {
        let born_ns = self.lives.first().map(|life| life.born_ns);
        born_ns.map_or(self.begun_ns, |born_ns| {
            if self.requests.is_empty() {
                born_ns
            } else {
                self.begun_ns
            }
        })
    }

    /// Whether this is its name, its id, or the beginning of its id.
    fn is_called(&self, said: &str) -> bool {
        self.name.as_deref() == Some(said)
            || (!said.is_empty() && self.id.len() == 64 && self.id.starts_with(said))
            || (!said.is_empty() && self.id == said)
    }

    /// Whether it holds the namespaces of a pod, by the name that podman gives it (libpod/runtime_pod_infra_linux.go, 4.3).
    fn is_of_pod(&self) -> bool {
        let name = self.name.as_deref().unwrap_or_default();
        name.strip_suffix("-infra")
            .is_some_and(|pod| pod.len() == 12 && pod.bytes().all(|byte| byte.is_ascii_hexdigit()))
    }

    fn learn_name(&mut self, said: &str) {
        if self.name.is_none() && !self.is_called(said) {
            self.name = Some(said.to_owned());
        }
    }

    fn take(&mut self, other: Self) {
        self.begun_ns = self.begun_ns.min(other.begun_ns);
        self.requests.extend(other.requests);
        self.requests.sort_unstable();
        self.requests.dedup();
        if self.name.is_none() {
            self.name = other.name;
        }
    }
}
