#!/bin/sh -eu
# A template of lxc-create(1): copies a folder to the new container's root.
for argument; do
    case $argument in
        --rootfs=*) rootfs=${argument#--rootfs=} ;;
        --image=*) image=${argument#--image=} ;;
    esac
done
tar -C "$image" -c . | tar -C "$rootfs" -x -p --numeric-owner
