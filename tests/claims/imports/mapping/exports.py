"""Exports as practice management systems write them, and mappings of theirs."""

PER_LINE = """\
Claim ID,Member No,Birth Date,Payer,Bill Date,DOS,CPT,Mod,Units,Charge,ICD10,NPI,Paid,Check Date,Denial Code
A1,W123,5/17/1980,Aetna,1/9/2026,1/5/2026,99213,25,1,$150.00,"E11.9, I10",1234567893,$80.00,2/3/2026,CO-45
A1,W123,5/17/1980,Aetna,1/9/2026,1/5/2026,93000,,1,$40.00,E11.9,1234567893,$0.00,2/3/2026,CO-197
A2,W124,7/23/1970,Cigna,1/19/2026,1/15/2026,99214,,2,"$1,250.00",E11.9,1234567893,,,
"""
MAPPING = """\
name = "clinic"
date_format = "%m/%d/%Y"

[claim]
patient_control_number = "Claim ID"
payer_id = { column = "Payer", codes = { "Aetna" = "60054", "Cigna" = "62308" } }
payer_name = "Payer"
submitted_on = "Bill Date"
member_id = "Member No"
birth_on = "Birth Date"
diagnosis_codes = "ICD10"
rendering_provider_npi = "NPI"

[[line]]
procedure_code = "CPT"
modifiers = "Mod"
units = "Units"
charge_amount = "Charge"
service_from_on = "DOS"

[answer]
paid_on = "Check Date"
paid_amount = "Paid"

[[adjustment]]
carc = "Denial Code"
adjustment_amount = { rest = true }
"""
