#!/bin/bash
# timeout: 240
# What people read data with finds on a mount what lies in the storage, byte for byte: with kernel passthrough, where the
# machine has it, and without.
: "${SRC:?run it with tests/run}"
. "$SRC/tests/lib/mount.sh"
. "$SRC/tests/lib/mesh.sh"
. "$SRC/tests/lib/zoo.sh"
need_root
need_fuse
users_up

mesh_make "$T/mesh"
zoo_product "$T/mesh"
zoo_extras

run() { # LABEL OPTIONS
	mesh_mount "$T/mesh" "$T/mnt" "$2" || exit 1
	zoo_read "$1:" "$T/mnt/logistics/zoo/data/zoo" "$zoo"
	check "$1: umount" mesh_umount "$T/mnt"
}

run "passthrough" log=info
run "cached" no_passthrough
finish
