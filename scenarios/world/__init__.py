"""A simulated half year: a made-up group whose weeks are lived through under four ways of setting budgets.

Everything here is made up, and no result of it is a measurement of any clinic. What it can show is whether the weekly
recommendation does what it is built for when the world is roughly as the model says: the same leads, patients, shocks
and chances meet every policy, and only the budgets differ. What it cannot show:

- that real response curves are known within the errors drawn here, that they are smooth, or that history tells what
  advertising causes;
- how clinics really give out slots: here every patient is offered the earliest open one, keeps it or leaves, and
  operations hold back what other patients are expected to need;
- how much of advertising ends at full clinics in a real group: the share of full clinics is an assumption of
  :mod:`scenarios.world.group`;
- competitors, auctions and platforms that learn: media costs do not move here, and a budget that changes costs nothing;
- people who override, or feeds that are late, lost or wrong; questions about feeds are answered on the same Monday.
"""
