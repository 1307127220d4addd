//! Offsets of kernel structures, from the running kernel's BTF.
//!
//! Reads only what that needs: structures, their members, their sizes, and the values of enumerations,
//! which are the indices of some arrays. The format is that of
//! Documentation/bpf/btf.rst (v6.18).

use std::collections::HashMap;
use std::ops::ControlFlow;

/// The reasons for which BTF could not be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BtfError {
    /// The bytes are not BTF, or are cut.
    #[error("kernel BTF is malformed at byte {0}")]
    Malformed(usize),
    /// No such structure.
    #[error("this kernel has no struct {0} in its BTF")]
    NoStruct(String),
    /// No such member.
    #[error("this kernel's struct {structure} has no member {member}")]
    NoMember {
        /// Structure.
        structure: String,
        /// Member that was looked for.
        member: String,
    },
    /// No such value.
    #[error("this kernel's enum {enumeration} has no value {value}")]
    NoValue {
        /// Enumeration.
        enumeration: String,
        /// Value that was looked for.
        value: String,
    },
}

const MAGIC: u16 = 0xeb9f;
const KIND_STRUCT: u32 = 4;
const KIND_UNION: u32 = 5;
const KIND_ENUM: u32 = 6;
const KIND_TYPEDEF: u32 = 8;

#[derive(Clone, Copy)]
struct Type {
    kind: u32,
    /// Size of a structure; the referenced type of a modifier.
    size_or_type: u32,
    /// Byte range of the members.
    members: (usize, usize),
    /// Whether members carry bit-field sizes in the upper byte of their offset.
    has_bit_fields: bool,
}

/// The types of a kernel.
pub struct KernelBtf {
    bytes: Vec<u8>,
    strings: usize,
    types: Vec<Type>,
    structs: HashMap<String, u32>,
    /// Byte range of the values of each enumeration with a name, of at most 32 bits.
    enumerations: HashMap<String, (usize, usize)>,
}

impl KernelBtf {
    /// Parses the contents of `/sys/kernel/btf/vmlinux`.
    pub fn parse(bytes: Vec<u8>) -> Result<Self, BtfError> {
        if read_u16(&bytes, 0)? != MAGIC {
            return Err(BtfError::Malformed(0));
        }
        let header_len = read_u32(&bytes, 4)? as usize;
        let types_start = header_len + read_u32(&bytes, 8)? as usize;
        let types_end = types_start + read_u32(&bytes, 12)? as usize;
        let strings = header_len + read_u32(&bytes, 16)? as usize;
        let mut btf = Self {
            bytes,
            strings,
            // Type 0 is void.
            types: vec![Type {
                kind: 0,
                size_or_type: 0,
                members: (0, 0),
                has_bit_fields: false,
            }],
            structs: HashMap::new(),
            enumerations: HashMap::new(),
        };
        let mut at = types_start;
        while at < types_end {
            at = btf.parse_type(at)?;
        }
        Ok(btf)
    }

    fn parse_type(&mut self, at: usize) -> Result<usize, BtfError> {
        let name = read_u32(&self.bytes, at)?;
        let info = read_u32(&self.bytes, at + 4)?;
        let size_or_type = read_u32(&self.bytes, at + 8)?;
        let (kind, count) = ((info >> 24) & 0x1f, (info & 0xffff) as usize);
        let start = at + 12;
        let extra = match kind {
            // Integer, variable, declaration tag.
            1 | 14 | 17 => 4,
            // Array.
            3 => 12,
            // Structure, union, section, 64-bit enumeration.
            4 | 5 | 15 | 19 => 12 * count,
            // Enumeration, function prototype.
            6 | 13 => 8 * count,
            // Pointer, forward, typedef, qualifiers, function, float, type tag.
            2 | 7..=12 | 16 | 18 => 0,
            _ => return Err(BtfError::Malformed(at)),
        };
        let id = self.types.len() as u32;
        self.types.push(Type {
            kind,
            size_or_type,
            members: (
                start,
                start
                    + if matches!(kind, KIND_STRUCT | KIND_UNION) {
                        extra
                    } else {
                        0
                    },
            ),
            has_bit_fields: info >> 31 == 1,
        });
        if name != 0 && kind == KIND_STRUCT {
            let name = self.string(name)?.to_owned();
            self.structs.entry(name).or_insert(id);
        }
        if name != 0 && kind == KIND_ENUM {
            let name = self.string(name)?.to_owned();
            let values = (start, start + extra);
            self.enumerations.entry(name).or_insert(values);
        }
        Ok(start + extra)
    }

    fn string(&self, offset: u32) -> Result<&str, BtfError> {
        let start = self.strings + offset as usize;
        let rest = self.bytes.get(start..).ok_or(BtfError::Malformed(start))?;
        let len = rest
            .iter()
            .position(|&byte| byte == 0)
            .ok_or(BtfError::Malformed(start))?;
        std::str::from_utf8(&rest[..len]).map_err(|_| BtfError::Malformed(start))
    }

    /// Size of a structure in bytes.
    pub fn size_of(&self, structure: &str) -> Result<u32, BtfError> {
        Ok(self.types[self.struct_id(structure)? as usize].size_or_type)
    }

    /// Offset in bytes of a member, given as a path (`__sk_common.skc_family`). Members of unnamed
    /// structures and unions count as members of what holds them, as in C.
    pub fn offset_of(&self, structure: &str, path: &str) -> Result<u32, BtfError> {
        let mut id = self.struct_id(structure)?;
        let mut offset_bits = 0;
        for member in path.split('.') {
            let (bits, member_type) =
                self.member(id, member)?.ok_or_else(|| BtfError::NoMember {
                    structure: structure.to_owned(),
                    member: path.to_owned(),
                })?;
            offset_bits += bits;
            id = self.resolve(member_type);
        }
        Ok(offset_bits / 8)
    }

    /// The number behind a name in an enumeration.
    pub fn value_of(&self, enumeration: &str, value: &str) -> Result<u32, BtfError> {
        let none = || BtfError::NoValue {
            enumeration: enumeration.to_owned(),
            value: value.to_owned(),
        };
        let &(mut at, end) = self.enumerations.get(enumeration).ok_or_else(none)?;
        while at < end {
            if self.string(read_u32(&self.bytes, at)?)? == value {
                return read_u32(&self.bytes, at + 4);
            }
            at += 8;
        }
        Err(none())
    }

    fn struct_id(&self, name: &str) -> Result<u32, BtfError> {
        self.structs
            .get(name)
            .copied()
            .ok_or_else(|| BtfError::NoStruct(name.to_owned()))
    }

    /// Offset in bits and type of a member, looking into unnamed ones.
    fn member(&self, id: u32, wanted: &str) -> Result<Option<(u32, u32)>, BtfError> {
        let mut found = None;
        self.each_member(id, |name, bits, member_type| {
            if name == wanted {
                found = Some((bits, member_type));
            } else if name.is_empty()
                && let Some((inner_bits, inner_type)) = self.member(member_type, wanted)?
            {
                found = Some((bits + inner_bits, inner_type));
            }
            Ok(if found.is_some() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            })
        })?;
        Ok(found)
    }

    fn each_member(
        &self,
        id: u32,
        mut visit: impl FnMut(&str, u32, u32) -> Result<ControlFlow<()>, BtfError>,
    ) -> Result<(), BtfError> {
        let Some(r#type) = self.types.get(self.resolve(id) as usize) else {
            return Ok(());
        };
        let mut at = r#type.members.0;
        while at < r#type.members.1 {
            let name = self.string(read_u32(&self.bytes, at)?)?;
            let member_type = read_u32(&self.bytes, at + 4)?;
            let offset = read_u32(&self.bytes, at + 8)?;
            let bits = if r#type.has_bit_fields {
                offset & 0xff_ffff
            } else {
                offset
            };
            if visit(name, bits, member_type)?.is_break() {
                break;
            }
            at += 12;
        }
        Ok(())
    }

    /// The structure behind typedefs and qualifiers.
    fn resolve(&self, mut id: u32) -> u32 {
        while let Some(r#type) = self.types.get(id as usize) {
            // Typedef, volatile, const, restrict, type tag.
            if !matches!(r#type.kind, KIND_TYPEDEF | 9 | 10 | 11 | 18) {
                break;
            }
            id = r#type.size_or_type;
        }
        id
    }
}

fn read_u32(bytes: &[u8], at: usize) -> Result<u32, BtfError> {
    let chunk = bytes
        .get(at..)
        .and_then(|rest| rest.first_chunk())
        .ok_or(BtfError::Malformed(at))?;
    Ok(u32::from_le_bytes(*chunk))
}

fn read_u16(bytes: &[u8], at: usize) -> Result<u16, BtfError> {
    let chunk = bytes
        .get(at..)
        .and_then(|rest| rest.first_chunk())
        .ok_or(BtfError::Malformed(at))?;
    Ok(u16::from_le_bytes(*chunk))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    /// BTF of `struct outer { int a; struct { int b; struct inner in; }; }` and
    /// `struct inner { int c; int d; }`, and of `enum kind { one = 1, nine = 9 }`.
    fn sample() -> Vec<u8> {
        let strings = b"\0int\0inner\0c\0d\0outer\0a\0b\0in\0kind\0one\0nine\0";
        let name = |text: &str| {
            let bytes = [b"\0", text.as_bytes(), b"\0"].concat();
            let found = strings
                .windows(bytes.len())
                .position(|window| window == bytes);
            found.unwrap() as u32 + 1
        };
        let mut types: Vec<u32> = vec![name("int"), 1 << 24, 4, 32];
        types.extend([name("inner"), KIND_STRUCT << 24 | 2, 8]);
        types.extend([name("c"), 1, 0, name("d"), 1, 32]);
        types.extend([0, KIND_STRUCT << 24 | 2, 12]);
        types.extend([name("b"), 1, 0, name("in"), 2, 32]);
        types.extend([name("outer"), KIND_STRUCT << 24 | 2, 16]);
        types.extend([name("a"), 1, 0, 0, 3, 32]);
        types.extend([name("kind"), KIND_ENUM << 24 | 2, 4]);
        types.extend([name("one"), 1, name("nine"), 9]);
        let types: Vec<u8> = types.iter().flat_map(|word| word.to_le_bytes()).collect();
        let mut bytes = MAGIC.to_le_bytes().to_vec();
        bytes.extend([1, 0]);
        for word in [24, 0, types.len(), types.len(), strings.len()] {
            bytes.extend((word as u32).to_le_bytes());
        }
        bytes.extend(types);
        bytes.extend(strings);
        bytes
    }

    #[test]
    fn members_of_unnamed_structures_are_found() {
        let btf = KernelBtf::parse(sample()).unwrap();
        assert_eq!(btf.offset_of("outer", "a"), Ok(0));
        assert_eq!(btf.offset_of("outer", "b"), Ok(4));
        assert_eq!(btf.offset_of("outer", "in.d"), Ok(12));
        assert_eq!(btf.size_of("outer"), Ok(16));
    }

    #[test]
    fn values_of_enumerations_are_found() {
        let btf = KernelBtf::parse(sample()).unwrap();
        assert_eq!(btf.value_of("kind", "nine"), Ok(9));
        assert!(btf.value_of("kind", "two").is_err());
        assert!(btf.value_of("inner", "c").is_err());
    }

    #[test]
    fn what_is_missing_is_named() {
        let btf = KernelBtf::parse(sample()).unwrap();
        assert_eq!(
            btf.offset_of("none", "a"),
            Err(BtfError::NoStruct("none".to_owned()))
        );
        let error = btf.offset_of("outer", "z").unwrap_err();
        assert_eq!(
            error.to_string(),
            "this kernel's struct outer has no member z"
        );
    }

    #[test]
    fn cut_bytes_are_malformed() {
        let bytes = sample();
        for len in 0..bytes.len() - 1 {
            // The result does not matter, only that no length panics.
            let _ = KernelBtf::parse(bytes[..len].to_vec());
        }
        assert!(KernelBtf::parse(bytes[..40].to_vec()).is_err());
    }
}
