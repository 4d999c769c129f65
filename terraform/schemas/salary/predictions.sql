SELECT * FROM `${dataset}.predictions_data` WHERE TRUE QUALIFY ROW_NUMBER() OVER (PARTITION BY uuid ORDER BY requested_at) = 1
