#!/bin/sh
# Stands in for ZooKeeper: keeps the names of the brokers that register, and tells them, over HTTP.
#   GET /cgi-bin/register?NAME   a broker says that it is there
#   GET /brokers                 the names, a line each
#   GET /members                 the nodes that it knows, a line each as in zoo.cfg
set -eu
# A container's first process heeds only signals that it has a trap for.
trap 'exit 0' TERM INT

mkdir -p /www/cgi-bin
: >/www/brokers
# Every member has to be known by address: a node that does not know another one does not begin.
for member in $(echo "$ZOOKEEPER_SERVER_IDS" | tr , ' '); do
    name=$(echo "${member%%:*}" | tr a-z- A-Z_)
    eval "address=\${ZOOKEEPER_${name}_HOST}:\${ZOOKEEPER_${name}_PEER_PORT}"
    echo "server.${member##*:}=$address"
done >/www/members

cat >/www/cgi-bin/register <<'CGI'
#!/bin/sh
echo "$QUERY_STRING" >>/www/brokers
printf 'Content-Type: text/plain\r\n\r\nregistered\n'
CGI
chmod +x /www/cgi-bin/register
echo "node $SERVER_ID listens"
# In the background: a shell heeds signals while it waits, not while a program runs in front.
httpd -f -p 2181 -h /www &
wait
