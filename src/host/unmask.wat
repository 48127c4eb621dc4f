;; XORs the bytes from $at to $end with a 4-byte masking key, in rows of sixty-four, then sixteen, then one, and answers
;; whether any result has its highest bit set (128) or all are ASCII (0). Unaligned addresses are fine. See
;; unmask-module.ts.
(module
  (import "host" "memory" (memory 1))
  (func (export "unmask") (param $at i32) (param $end i32) (param $key i32) (result i32)
    (local $keys v128)
    (local $first v128)
    (local $second v128)
    (local $third v128)
    (local $fourth v128)
    (local $block v128)
    (local $seen v128)
    (local $byte i32)
    (local $tail i32)
    (local.set $keys (i32x4.splat (local.get $key)))
    (block $rowsDone
      (loop $rows
        (br_if $rowsDone (i32.gt_u (i32.add (local.get $at) (i32.const 64)) (local.get $end)))
        (local.set $first (v128.xor (v128.load align=1 (local.get $at)) (local.get $keys)))
        (local.set $second (v128.xor (v128.load offset=16 align=1 (local.get $at)) (local.get $keys)))
        (local.set $third (v128.xor (v128.load offset=32 align=1 (local.get $at)) (local.get $keys)))
        (local.set $fourth (v128.xor (v128.load offset=48 align=1 (local.get $at)) (local.get $keys)))
        (v128.store align=1 (local.get $at) (local.get $first))
        (v128.store offset=16 align=1 (local.get $at) (local.get $second))
        (v128.store offset=32 align=1 (local.get $at) (local.get $third))
        (v128.store offset=48 align=1 (local.get $at) (local.get $fourth))
        (local.set $seen (v128.or (local.get $seen) (v128.or
          (v128.or (local.get $first) (local.get $second))
          (v128.or (local.get $third) (local.get $fourth)))))
        (local.set $at (i32.add (local.get $at) (i32.const 64)))
        (br $rows)))
    (block $blocksDone
      (loop $blocks
        (br_if $blocksDone (i32.gt_u (i32.add (local.get $at) (i32.const 16)) (local.get $end)))
        (local.set $block (v128.xor (v128.load align=1 (local.get $at)) (local.get $keys)))
        (v128.store align=1 (local.get $at) (local.get $block))
        (local.set $seen (v128.or (local.get $seen) (local.get $block)))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $blocks)))
    (block $bytesDone
      (loop $bytes
        (br_if $bytesDone (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $byte (i32.and
          (i32.xor (i32.load8_u (local.get $at)) (local.get $key))
          (i32.const 255)))
        (i32.store8 (local.get $at) (local.get $byte))
        (local.set $tail (i32.or (local.get $tail) (local.get $byte)))
        (local.set $key (i32.rotr (local.get $key) (i32.const 8)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $bytes)))
    (i32.or
      (i32.and (local.get $tail) (i32.const 128))
      (i32.shl (i32.ne (i8x16.bitmask (local.get $seen)) (i32.const 0)) (i32.const 7)))))
