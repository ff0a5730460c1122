# timeout: 500
. "$SRC/tests/lib/mount.sh"; . "$SRC/tests/lib/mesh.sh"
users_up
mesh_make $T/mesh;  m=$T/m
for i in $(seq 60); do
mesh_mount $T/mesh $T/m 
pid=$(mesh_pid $m)
( for k in $(seq 12); do sed "s/^name: .*/name: N$RANDOM/" $T/mesh/mesh.yaml >$T/n; mv $T/n $T/mesh/mesh.yaml; sleep 0.06; done ) &
e=$!
for u in 1 2 3 4; do ( end=$((SECONDS+1)); while [ $SECONDS -le $end ]; do find $m/ >/dev/null; cat $m/logistics/routes/data/routes/routes.csv $m/sales/orders/policy/my-access.yaml >/dev/null; done ) & r="${r:-} $!"; done
wait $r; r=
umount $m || echo busy
wait_for 10 process_gone $pid || { echo "HANG $i"; for t in /proc/$pid/task/*; do cat $t/comm $t/wchan; echo; done; gdb -p $pid -batch -ex 'thread apply all bt' 2>/dev/null; kill -9 $pid; break; }
wait $e
done
echo rounds $i
