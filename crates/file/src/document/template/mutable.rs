//! Lists and dictionaries that templates can change, as Python's: the template engine's own cannot be.
//!
//! Each knows how deep it lies in others, at least. So nothing can be nested without end or contain itself, which would
//! overflow the stack of whoever walks over it.

use minijinja::value::{Enumerator, Object, ObjectRepr, ValueKind};
use minijinja::{Error, ErrorKind, State, Value};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How deep lists and dictionaries may lie in each other.
const MAX_NESTING: usize = 50;
/// Elements that are copied for one step of a template's work.
const COPIED_PER_STEP: usize = 16;
/// Said of a list in itself.
pub(super) const IN_ITSELF: &str = "a list or dictionary cannot be put into itself";

type Pairs = indexmap::IndexMap<Value, Value>;

/// A list.
#[derive(Debug, Default)]
pub(super) struct List {
    items: Mutex<Vec<Value>>,
    depth: AtomicUsize,
}

/// A dictionary, in the order in which its keys came.
#[derive(Debug, Default)]
pub(super) struct Dict {
    pairs: Mutex<Pairs>,
    depth: AtomicUsize,
}

/// A new list of what can be iterated.
pub(super) fn list(state: &State, items: &Value) -> Result<Value, Error> {
    let items: Vec<Value> = items.try_iter()?.collect();
    state.consume_fuel((1 + items.len() / COPIED_PER_STEP) as u64)?;
    for item in &items {
        sink(state, item, 1, None)?;
    }
    Ok(Value::from_object(List { items: Mutex::new(items), depth: AtomicUsize::new(0) }))
}

/// A new dictionary of a mapping's pairs.
pub(super) fn dict(state: &State, mapping: &Value) -> Result<Value, Error> {
    let mut pairs = Pairs::new();
    for key in mapping.try_iter()? {
        let value = owned(state, mapping.get_item(&key)?)?;
        sink(state, &value, 1, None)?;
        pairs.insert(hashable(key)?, value);
    }
    Ok(Value::from_object(Dict { pairs: Mutex::new(pairs), depth: AtomicUsize::new(0) }))
}

/// `value`, or a list of its own if the template engine would compute its elements only when they are needed: by then
/// what they are computed from may have changed.
pub(super) fn owned(state: &State, value: Value) -> Result<Value, Error> {
    let is_lazy = matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable)
        && !value.is_tuple()
        && value.downcast_object_ref::<List>().is_none();
    if value.is_tuple() {
        // Tuples do not know how deep they are.
        sink(state, &value, 1, None)?;
    }
    if is_lazy { list(state, &value) } else { Ok(value) }
}

/// Notes that `value` lies at `depth`, and all below it deeper. `target` is what it is about to be put into.
///
/// Whoever is as deep already needs no walk; nor can the target be below it, which is less deep than it.
fn sink(state: &State, value: &Value, depth: usize, target: Option<usize>) -> Result<(), Error> {
    if !matches!(value.kind(), ValueKind::Seq | ValueKind::Map | ValueKind::Iterable) {
        return Ok(());
    }
    state.consume_fuel(1)?;
    if depth > MAX_NESTING {
        let text = format!("lists and dictionaries may be nested {MAX_NESTING} levels deep");
        return Err(Error::new(ErrorKind::InvalidOperation, text));
    }
    let below: Vec<Value> = if let Some(list) = value.downcast_object::<List>() {
        refuse(address(&list), target)?;
        if list.depth.fetch_max(depth, Ordering::Relaxed) >= depth {
            return Ok(());
        }
        list.lock().clone()
    } else if let Some(dict) = value.downcast_object::<Dict>() {
        refuse(address(&dict), target)?;
        if dict.depth.fetch_max(depth, Ordering::Relaxed) >= depth {
            return Ok(());
        }
        dict.lock().values().cloned().collect()
    } else if value.is_tuple() {
        value.try_iter()?.collect()
    } else {
        Vec::new()
    };
    below.iter().try_for_each(|value| sink(state, value, depth + 1, target))
}

fn refuse(address: usize, target: Option<usize>) -> Result<(), Error> {
    if target == Some(address) {
        return Err(Error::new(ErrorKind::InvalidOperation, IN_ITSELF));
    }
    Ok(())
}

fn address<T>(object: &Arc<T>) -> usize {
    Arc::as_ptr(object).addr()
}

/// A key; Python refuses those that could change.
fn hashable(key: Value) -> Result<Value, Error> {
    match key.kind() {
        ValueKind::Map | ValueKind::Iterable => {}
        ValueKind::Seq if !key.is_tuple() => {}
        _ => return Ok(key),
    }
    Err(Error::new(ErrorKind::InvalidOperation, "a list or dictionary cannot be a key"))
}

fn unknown_method() -> Error {
    Error::from(ErrorKind::UnknownMethod)
}

fn wrong(text: &'static str) -> Error {
    Error::new(ErrorKind::InvalidOperation, text)
}

impl List {
    fn lock(&self) -> MutexGuard<'_, Vec<Value>> {
        self.items.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is to be put into this list.
    fn taken(self: &Arc<Self>, state: &State, value: &Value) -> Result<Value, Error> {
        let value = owned(state, value.clone())?;
        let depth = self.depth.load(Ordering::Relaxed) + 1;
        sink(state, &value, depth, Some(address(self)))?;
        Ok(value)
    }

    fn extend(self: &Arc<Self>, state: &State, more: &Value) -> Result<(), Error> {
        let more: Vec<Value> = more.try_iter()?.collect();
        state.consume_fuel((1 + more.len() / COPIED_PER_STEP) as u64)?;
        let more: Result<Vec<Value>, Error> = more.iter().map(|value| self.taken(state, value)).collect();
        self.lock().extend(more?);
        Ok(())
    }

    /// Python's index: from the end where it is negative.
    fn index(length: usize, at: &Value) -> Option<usize> {
        let at = at.as_i64()?;
        let at = if at < 0 { at.checked_add(i64::try_from(length).ok()?)? } else { at };
        usize::try_from(at).ok()
    }
}

impl Object for List {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let items = self.lock();
        items.get(Self::index(items.len(), key)?).cloned()
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.lock().clone())
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.lock().len())
    }

    fn call_method(
        self: &Arc<Self>,
        state: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, Error> {
        match (method, args) {
            ("append", [value]) => {
                let value = self.taken(state, value)?;
                self.lock().push(value);
            }
            ("extend", [more]) => self.extend(state, more)?,
            ("insert", [at, value]) => {
                let value = self.taken(state, value)?;
                let mut items = self.lock();
                let at = Self::index(items.len(), at).unwrap_or(0).min(items.len());
                items.insert(at, value);
            }
            ("pop", [] | [_]) => {
                let mut items = self.lock();
                let last = Value::from(-1);
                let at = Self::index(items.len(), args.first().unwrap_or(&last));
                let at = at.filter(|&at| at < items.len());
                return at.map(|at| items.remove(at)).ok_or_else(|| wrong("there is nothing to pop there"));
            }
            ("remove" | "index", [value]) => {
                let mut items = self.lock();
                let at = items.iter().position(|item| item == value);
                let at = at.ok_or_else(|| wrong("the list does not have this value"))?;
                if method == "index" {
                    return Ok(Value::from(at));
                }
                items.remove(at);
            }
            ("reverse", []) => self.lock().reverse(),
            ("clear", []) => self.lock().clear(),
            ("sort", _) => {
                let before = Value::from(self.lock().clone());
                let sorted = state.apply_filter("sort", &[&[before], args].concat())?;
                *self.lock() = sorted.try_iter()?.collect();
            }
            ("copy", []) => return list(state, &Value::from_dyn_object(self.clone())),
            _ => return Err(unknown_method()),
        }
        Ok(Value::from(()))
    }
}

impl Dict {
    fn lock(&self) -> MutexGuard<'_, Pairs> {
        self.pairs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(self: &Arc<Self>, state: &State, key: Value, value: Value) -> Result<Value, Error> {
        let key = hashable(key)?;
        let value = owned(state, value)?;
        sink(state, &value, self.depth.load(Ordering::Relaxed) + 1, Some(address(self)))?;
        self.lock().insert(key, value.clone());
        Ok(value)
    }

    fn update(self: &Arc<Self>, state: &State, more: &Value) -> Result<(), Error> {
        let keys: Vec<Value> = more.try_iter()?.collect();
        state.consume_fuel(keys.len() as u64)?;
        for key in keys {
            if more.kind() == ValueKind::Map {
                let value = more.get_item(&key)?;
                self.set(state, key, value)?;
            } else {
                // Pairs, as Python takes them too.
                self.set(state, key.get_item_by_index(0)?, key.get_item_by_index(1)?)?;
            }
        }
        Ok(())
    }
}

impl Object for Dict {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.lock().get(key).cloned()
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.lock().keys().cloned().collect())
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.lock().len())
    }

    fn call_method(
        self: &Arc<Self>,
        state: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, Error> {
        match (method, args) {
            // Named values come as one mapping.
            ("update", all) => all.iter().try_for_each(|more| self.update(state, more))?,
            ("setdefault", [key, rest @ ..]) if rest.len() < 2 => {
                if let Some(value) = self.get_value(key) {
                    return Ok(value);
                }
                return self.set(state, key.clone(), rest.first().cloned().unwrap_or(Value::from(())));
            }
            ("pop", [key, rest @ ..]) if rest.len() < 2 => {
                let removed = self.lock().shift_remove(key);
                return removed
                    .or_else(|| rest.first().cloned())
                    .ok_or_else(|| wrong("the dictionary does not have this key"));
            }
            ("popitem", []) => {
                let pair = self.lock().pop().ok_or_else(|| wrong("the dictionary is empty"))?;
                return Ok(Value::from(minijinja::value::Tuple::from(vec![pair.0, pair.1])));
            }
            ("clear", []) => self.lock().clear(),
            ("copy", []) => return dict(state, &Value::from_dyn_object(self.clone())),
            _ => return Err(unknown_method()),
        }
        Ok(Value::from(()))
    }
}
