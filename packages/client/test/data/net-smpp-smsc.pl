# An SMSC made with Net::SMPP: serves one ESME until it unbinds, and prints a line for each PDU.
# perl net-smpp-smsc.pl
use strict;
use warnings;
use Net::SMPP;

$| = 1;
sub report { print join(" ", @_), "\n" }

my $server = Net::SMPP->new_listen("127.0.0.1", port => 0, system_id => "net-smpp", timeout => undef)
    or die "cannot listen: $!\n";
report("port", $server->sockport);
my $esme = $server->accept or die "nobody came: $!\n";

my $taken = 0;
my @held;
while (my $pdu = $esme->read_pdu) {
    my $command = $pdu->explain_cmd;
    my @seq = (seq => $pdu->seq);
    if ($command eq "bind_transceiver") {
        report($command, @$pdu{qw(system_id password system_type interface_version)});
        my $granted = $pdu->{password} eq "secret";
        $esme->bind_transceiver_resp(@seq, status => $granted ? 0 : 0x0e);
        next unless $granted;
        # Right behind the answer: a sign of life, and a command that no standard knows.
        $esme->enquire_link(async => 1);
        $esme->syswrite(pack("NNNN", 16, 0x00010200, 0, 4242));
    }
    elsif ($command eq "submit_sm") {
        my $to = $pdu->{destination_addr};
        my $octets = unpack("H*", $pdu->{short_message});
        report($command, $to, @$pdu{qw(esm_class data_coding)}, $octets, $pdu->{0x1501} ? "vendor TLV" : ());
        my $id = "id-" . ++$taken;
        if ($to eq "refuse") { $esme->submit_sm_resp(@seq, message_id => "", status => 0x0b) }
        elsif ($to eq "nack") { $esme->generic_nack(@seq, status => 0x03) }
        elsif ($to eq "hold") {
            push @held, [@seq, message_id => $id];
            next if @held < 5;
            $esme->submit_sm_resp(@$_) for reverse @held;
        }
        else { $esme->submit_sm_resp(@seq, message_id => $id) }
        next unless $pdu->{registered_delivery};
        $esme->deliver_sm(
            async => 1,
            source_addr => $to,
            destination_addr => $pdu->{source_addr},
            esm_class => 4,
            short_message => "id:$id sub:001 dlvrd:001 submit date:2401151230 done date:2401151231 stat:DELIVRD err:000 text:",
            receipted_message_id => "$id\0",
            message_state => pack("C", 2),
        );
    }
    elsif ($command eq "enquire_link") { $esme->enquire_link_resp(@seq) }
    elsif ($command eq "query_sm") {
        $esme->query_sm_resp(@seq, message_id => $pdu->{message_id}, final_date => "", message_state => 2, error_code => 0);
    }
    elsif ($command eq "unbind") {
        $esme->unbind_resp(@seq);
        report($command);
        last;
    }
    else { report($command, sprintf("0x%02x", $pdu->status), $pdu->seq) }
}
