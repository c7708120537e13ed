//! Steps that bring images to ships: pulled from a registry, or carried from another engine.

use std::time::Duration;

use super::Builder;
use crate::{
    model::{Instance, InstanceId, ShipId, container::MountKind},
    observed::Holdings,
    plan::{
        StepId,
        action::{Action, ImageAction},
        reason::Reason,
    },
    value::{image_source::ImageSource, pull::PullPolicy},
};

impl Builder<'_> {
    /// The step that brings an instance's image to its ship, if one is needed; shared by all that need the same.
    pub(in crate::plan) fn image(&mut self, id: InstanceId, force: Option<Reason>) -> Option<StepId> {
        let instance = self.environment.instance(id);
        let (ship, image) = (instance.ship, &instance.container.image);
        let key = (self.engine_key(ship), image.clone());
        if let Some(&step) = self.pulls.get(&key) {
            return Some(step);
        }
        let is_there = self.holdings(ship).is_some_and(|holdings| holdings.has_image(image));
        let force = force.filter(|_| !self.is_only_built(id));
        if instance.image_source == ImageSource::Carry || self.takes_place(ship, image) {
            return self.carry(id, image.clone());
        }
        if !is_there && self.is_carried(id, image) {
            return self.carry(id, image.clone());
        }
        let reason = match (force, instance.pull_policy) {
            (Some(reason), _) => reason,
            (None, PullPolicy::Always) => Reason::PullsAlways,
            (None, PullPolicy::Missing | PullPolicy::After(_)) if !is_there => Reason::ImageMissing,
            (None, PullPolicy::After(age)) if self.is_outdated(id, age) => Reason::ImageOld { age },
            // What is missing is told before anything is changed.
            (None, PullPolicy::Missing | PullPolicy::After(_) | PullPolicy::Never) => return None,
        };
        Some(self.pull(id, image.clone(), reason))
    }

    /// Whether an instance's image was pulled longer ago than that. A digest names the same image for ever.
    fn is_outdated(&self, id: InstanceId, age: Duration) -> bool {
        let instance = self.environment.instance(id);
        let image = &instance.container.image;
        let is_old = |holdings: &Holdings| holdings.is_image_older(image, age);
        !image.contains('@') && !self.is_only_built(id) && self.holdings(instance.ship).is_some_and(is_old)
    }

    /// Whether no registry has an instance's image: the file says how it is built, and gives it no name.
    pub(in crate::plan) fn is_only_built(&self, id: InstanceId) -> bool {
        let service = self.environment.service(self.environment.instance(id).service);
        service.build.as_ref().is_some_and(|build| !build.is_named)
    }

    /// The steps that bring the images to an instance's ship that it mounts.
    pub(super) fn mounted_images(&mut self, id: InstanceId) -> Vec<StepId> {
        let instance = self.environment.instance(id);
        let mounts = instance.container.mounts.iter().filter(|mount| mount.kind() == MountKind::Image);
        let steps = mounts.filter_map(|mount| {
            let is_there =
                self.holdings(instance.ship).is_some_and(|holdings| holdings.has_image(&mount.source));
            if is_there {
                return None;
            }
            if instance.image_source == ImageSource::Carry || self.is_carried(id, &mount.source) {
                return self.carry(id, mount.source.clone());
            }
            instance.is_pulled().then(|| self.pull(id, mount.source.clone(), Reason::ImageMissing))
        });
        steps.collect()
    }

    /// Whether the image of another engine takes the place of the one that the ship has by that name.
    fn takes_place(&self, ship: ShipId, image: &str) -> bool {
        self.observed.carriable.get(&(ship, image.to_owned())).is_some_and(|found| found.takes_place)
    }

    /// Whether an image that a ship lacks comes from another engine, though the file does not say so: no registry knows it.
    fn is_carried(&self, id: InstanceId, image: &str) -> bool {
        let instance = self.environment.instance(id);
        let found = self.observed.carriable.get(&(instance.ship, image.to_owned()));
        instance.image_source == ImageSource::Auto
            && instance.is_pulled()
            && found.is_some_and(|found| found.is_unknown_to_registries)
    }

    /// The step that carries an image from another engine, if one has it that the ship lacks; shared by all that need it.
    fn carry(&mut self, id: InstanceId, image: String) -> Option<StepId> {
        let ship = self.environment.instance(id).ship;
        let key = (self.engine_key(ship), image.clone());
        if let Some(&step) = self.pulls.get(&key) {
            return Some(step);
        }
        // What no engine has is told before anything is changed.
        let found = self.observed.carriable.get(&(ship, image.clone()))?;
        let action = ImageAction::Carry {
            image,
            from: found.from.clone(),
            id: found.id.clone(),
            size: found.size,
            missing: found.missing,
        };
        let is_there = self.holdings(ship).is_some_and(|holdings| holdings.has_image(action.name()));
        let reason = if is_there { Reason::ImageChanged } else { Reason::ImageMissing };
        let step = self.step(id, Action::Image(action), reason, []);
        self.pulls.insert(key, step);
        Some(step)
    }

    /// The step that pulls an image, which is shared by all that need it.
    fn pull(&mut self, id: InstanceId, image: String, reason: Reason) -> StepId {
        let key = (self.engine_key(self.environment.instance(id).ship), image.clone());
        if let Some(&step) = self.pulls.get(&key) {
            return step;
        }
        let counts = |one: &Instance| one.container.image == image && one.pull_policy.age().is_some();
        let notes_age = !image.contains('@') && self.environment.instances.iter().any(counts);
        let step = self.step(id, Action::Image(ImageAction::Pull { image, notes_age }), reason, []);
        self.pulls.insert(key, step);
        step
    }
}
