#!/usr/bin/env perl
# A name server that knows the lab's hosts and no other name. Without one, each unknown name would cost a container
# 5 to 10 s. Each ship has its own: a ship that is cut off still knows the others' names.
#
#     name-server.pl ADDRESS HOSTS        HOSTS as /etc/hosts: an address, then names
use strict;
use warnings;
use IO::Socket::INET;

my ($address, $file) = @ARGV;
my %hosts;
open my $lines, '<', $file or die "$file: $!";
while (<$lines>) {
    my ($host, @names) = split;
    $hosts{lc $_} = $host for @names;
}

my $socket = IO::Socket::INET->new(Proto => 'udp', LocalAddr => $address, LocalPort => 53) or die "port 53: $@";
while (defined $socket->recv(my $query, 4096)) {
    my ($question) = substr($query, 12) =~ /^(.*?\0.{4})/s or next;
    my ($labels, $type) = (substr($question, 0, -5), unpack 'n', substr $question, -4, 2);
    my $host = $hosts{lc join '.', unpack '(C/a)*', $labels};
    my $answer = '';
    # 1: an IPv4 address. 0xc00c: the name that was asked for.
    $answer = pack('n3 N n', 0xc00c, 1, 1, 60, 4) . inet_aton($host) if $host && $type == 1;
    my $code = $host ? 0x8580 : 0x8583;
    $socket->send(substr($query, 0, 2) . pack('n5', $code, 1, $answer ? 1 : 0, 0, 0) . $question . $answer);
}
