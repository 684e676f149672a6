-- A database for each service, and one for the broker "postgres".
CREATE DATABASE points;
CREATE DATABASE email;
CREATE DATABASE sms;
CREATE DATABASE broker;
