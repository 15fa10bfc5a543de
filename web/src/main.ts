import './styles.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { embedded } from './payload';

const holder = document.getElementById('page');
if (holder) mount(App, { target: holder, props: { payload: embedded() } });
