# An ESME made with Net::SMPP: has one conversation with a server and prints a line for each answer.
# perl net-smpp-esme.pl <host> <port>
use strict;
use warnings;
use Net::SMPP;

$| = 1;
my ($host, $port) = @ARGV;

sub report { print join(" ", @_), "\n" }

sub named {
    my ($pdu) = @_;
    die "the connection ended\n" unless defined $pdu;
    return ($pdu->explain_cmd, sprintf("0x%02x", $pdu->status));
}

my @where = ($host, port => $port, system_id => "esme");
my ($refused, $refusal) = Net::SMPP->new_transceiver(@where, password => "wrong");
report(named($refusal));
$refused->close;

my ($esme, $bound) = Net::SMPP->new_transceiver(@where, password => "secret");
report(named($bound), $bound->{system_id}, unpack("C", $bound->{sc_interface_version}));

# A text from a phone, which waited for the bind.
my $text = $esme->read_pdu;
report(named($text), $text->{source_addr}, $text->{destination_addr}, $text->{short_message});
$esme->deliver_sm_resp(seq => $text->seq, message_id => "");

my @message = (source_addr => "4711", short_message => "hello");
my $accepted = $esme->submit_sm(@message, destination_addr => "27820001002");
report(named($accepted), $accepted->message_id);
report(named($esme->submit_sm(@message, destination_addr => "999")));
report(named($esme->query_sm(message_id => "id-1", source_addr => "4711")));

# A command that no standard knows.
$esme->syswrite(pack("NNNN", 16, 0x00010200, 0, 4242));
my $nack = $esme->read_pdu;
report(named($nack), $nack->seq);

report(named($esme->enquire_link));
report(named($esme->unbind));
