"""Files that ad platforms take: one module per platform, one function per file.

What is written, and what is not known
--------------------------------------
A daily budget is a seventh of the week's money. Platforms treat it as an average: Google may spend up to twice of it
in a day, and in a month no more than 30.4 times it; Meta may spend 25 % more in a day (newer pages about it say 75 %),
and in a week from Sunday to Saturday no more than seven times it.

========================  ===========================================  ==============================================
file                      known from the platform's own documentation  not verified
========================  ===========================================  ==============================================
google_ads_editor         header names in English, capitals and        name of the status column; encoding (UTF-8
                          spaces ignored; blank is no change; budget   without a byte order mark is written)
                          above zero
google_ads_bulk           Campaign ID and Campaign must name the same  whether a blank state is no change; the column
                          campaign; states enabled, paused (page of    list is of 2015
                          2015); a script must say moneyInMicros:
                          false, because amounts are read as
                          millionths otherwise
google_ads_shared_...     amount_micros of the API is Budget times     no upload of shared budgets is documented:
                          1,000,000                                    enter them in the shared library
microsoft_ads_bulk        all of it: record types, Format Version
                          6.0, byte order mark, blank is no change
meta_ads_sheet            --                                           all of it: seen in importers and exporters of
                                                                       several public projects
meta_ads_api              daily_budget in the smallest unit by Meta's
                          list of currencies; status
========================  ===========================================  ==============================================
"""
