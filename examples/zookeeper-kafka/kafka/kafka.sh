#!/bin/sh
# Stands in for a Kafka broker: registers with every ZooKeeper node that its variables name, then serves
#   GET /nodes   the nodes that it registered with, a line each
# A node that does not answer ends it: it relies on being started after them.
set -eu
# A container's first process heeds only signals that it has a trap for.
trap 'exit 0' TERM INT

mkdir -p /www
for node in $(echo "$ZOOKEEPER_INSTANCES" | tr , ' '); do
    name=$(echo "$node" | tr a-z- A-Z_)
    eval "address=\${ZOOKEEPER_${name}_HOST}:\${ZOOKEEPER_${name}_CLIENT_PORT}"
    wget -q -O /dev/null "http://$address/cgi-bin/register?$CONTAINER_NAME"
    echo "$node $address"
done >/www/nodes
echo "broker $BROKER_ID listens"
# In the background: a shell heeds signals while it waits, not while a program runs in front.
httpd -f -p 9092 -h /www &
wait
