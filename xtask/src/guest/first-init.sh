#!/bin/busybox sh
# In the first root, which the kernel unpacked into memory: loads the driver of the disk that the
# true root is on, and changes over to it.
/bin/busybox mount -t devtmpfs devtmpfs /dev
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sysfs /sys
for module in /modules/*; do
    /bin/busybox insmod "$module"
done
/bin/busybox mount -t ext4 /dev/vda /root
for folder in dev proc sys; do
    /bin/busybox mount --move "/$folder" "/root/$folder"
done
exec /bin/busybox switch_root /root /sbin/guest-init
