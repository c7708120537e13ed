//! Parts of answers that have keys which are known and others.

/// A part of an answer with keys that are known, and `others`, settings among them. serde's own `flatten` would keep every
/// value twice before it is read, and a container has hundreds of variables.
macro_rules! with_others {
    (struct $name:ident { $($key:literal => $field:ident: $kind:ty,)+ }) => {
        #[derive(Default)]
        struct $name {
            $($field: $kind,)+
            others: Map<String, Value>,
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
                struct Keys;

                impl<'de> serde::de::Visitor<'de> for Keys {
                    type Value = $name;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        formatter.write_str("a map")
                    }

                    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<$name, A::Error> {
                        let mut read = $name::default();
                        while let Some(key) = map.next_key::<String>()? {
                            match key.as_str() {
                                $($key => read.$field = map.next_value()?,)+
                                _ => drop(read.others.insert(key, map.next_value()?)),
                            }
                        }
                        Ok(read)
                    }
                }

                value.deserialize_map(Keys)
            }
        }
    };
}

pub(super) use with_others;
